//! GNU Mailutils imap4d.

use super::guest::{Home, Recipe};
use super::ports::Ports;
use super::server::LetsIn;
use super::variables::{HOST, TEST_USER, Users};

pub(super) const RECIPE: Recipe = Recipe {
    name: "mailutils",
    home: Home::ThisSystem,
    packages: &["mailutils-imap4d"],
    // Its users are accounts of the system, whose names have no blanks.
    users: Users::OrdinaryOne,
    lets_in: LetsIn::ByPassword,
    script: SCRIPT,
    files: |ports| vec![("imap4d.conf", settings(ports))],
};

fn settings(ports: Ports) -> String {
    let Ports { imap, imaps } = ports;
    let anonymous = TEST_USER.name;
    format!(
        "\
mode daemon;
foreground yes;
max-children 250;
login-disabled no;
pidfile /srv/mailutils/imap4d.pid;
mailbox {{
  mailbox-type mbox;
  mail-spool /srv/mailutils/spool;
}};
auth {{
  authorization \"system\";
  authentication \"generic:system:pam\";
}};
logging {{
  syslog no;
}};
gsasl {{
  cram-passwd /srv/mailutils/passwords;
  realm {HOST};
  hostname {HOST};
  anonymous-user {anonymous};
}};
tls {{
  ssl-certificate-file /srv/mailutils/server.pem;
  ssl-key-file /srv/mailutils/server.key;
}};
server 127.0.0.1:{imap} {{
  tls-mode ondemand;
}};
server 127.0.0.1:{imaps} {{
  tls-mode connection;
}};
"
    )
}

/// Mechanisms that do not show the password look it up in a file of their own, in which a tab stands in front of it.
const SCRIPT: &str = r#"
state=/srv/mailutils
install -d -m 755 "$state" "$state/home"
install -d -m 1777 "$state/spool"
install -m 600 /dev/null "$state/passwords"
install -m 644 "$folder/server.pem" "$state/server.pem"
install -m 600 "$folder/server.key" "$state/server.key"
while IFS='	' read -r name password home; do
    useradd --create-home --home-dir "$state/home/$home" --shell /bin/sh "$name"
    printf '%s:%s\n' "$name" "$password" | chpasswd
    printf '%s\t%s\n' "$name" "$password" >> "$state/passwords"
    install -o "$name" -g mail -m 660 /dev/null "$state/spool/$name"
    install -d -o "$name" -g "$name" "$state/home/$home/mail"
done < "$folder/users"
exec imap4d --no-config --config-file="$folder/imap4d.conf"
"#;
