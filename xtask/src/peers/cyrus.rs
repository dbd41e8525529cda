//! Cyrus IMAP, from a release that has 3.10 or later: the first versions with IMAP4rev2.

use super::guest::{Home, Recipe};
use super::ports::Ports;
use super::server::LetsIn;
use super::variables::Users;

pub(super) const RECIPE: Recipe = Recipe {
    name: "cyrus",
    home: Home::OtherRelease,
    // It depends on some mail transport agent; this one is small and does nothing by itself.
    packages: &["cyrus-imapd", "msmtp-mta", "sasl2-bin", "libsasl2-modules"],
    users: Users::OrdinaryOne,
    lets_in: LetsIn::ByPassword,
    script: SCRIPT,
    files: |ports| vec![("imapd.conf", SETTINGS.to_owned()), ("cyrus.conf", services(ports))],
};

/// - `altnamespace`, `unixhierarchysep`: mailboxes stand beside INBOX, with `/` between parent and child
/// - `munge8bit`, `reject8bit`: octets of mails stay what they are
/// - `autocreate_*`: a user has an INBOX at the first login
/// - `sasl_*`: users of its own, none of the system, and every mechanism that the library has for their passwords;
///   inside TLS it adds the `-PLUS` forms by itself
const SETTINGS: &str = "\
configdirectory: /srv/cyrus/conf
partition-default: /srv/cyrus/spool
defaultpartition: default
cyrus_user: cyrus
cyrus_group: mail
proc_path: /srv/cyrus/conf/proc
mboxname_lockpath: /srv/cyrus/conf/lock
lmtpsocket: /srv/cyrus/conf/socket/lmtp
idlesocket: /srv/cyrus/conf/socket/idle
notifysocket: /srv/cyrus/conf/socket/notify
sievedir: /srv/cyrus/sieve
servername: localhost
unixhierarchysep: yes
altnamespace: yes
allowplaintext: yes
allowstarttls: on
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: /srv/cyrus/sasldb
sasl_mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-512
tls_server_cert: /srv/cyrus/server.pem
tls_server_key: /srv/cyrus/server.key
autocreate_users: anyone
autocreate_quota: 0
delete_mode: immediate
munge8bit: no
reject8bit: no
allowallsubscribe: yes
specialusealways: yes
";

fn services(ports: Ports) -> String {
    let Ports { imap, imaps } = ports;
    let program = "/usr/lib/cyrus/bin";
    format!(
        "\
START {{
  recover cmd=\"{program}/ctl_cyrusdb -C /srv/cyrus/imapd.conf -r\"
}}
SERVICES {{
  imap cmd=\"{program}/imapd -C /srv/cyrus/imapd.conf\" listen=\"127.0.0.1:{imap}\" maxchild=250
  imaps cmd=\"{program}/imapd -C /srv/cyrus/imapd.conf -s\" listen=\"127.0.0.1:{imaps}\" maxchild=250
}}
DAEMON {{
  idled cmd=\"{program}/idled -C /srv/cyrus/imapd.conf\"
}}
"
    )
}

const SCRIPT: &str = r#"
state=/srv/cyrus
mkdir -p "$state/conf/socket" "$state/conf/proc" "$state/conf/db" "$state/conf/log" "$state/spool" "$state/sieve"
install -m 600 "$folder/server.key" "$state/server.key"
install -m 644 "$folder/server.pem" "$folder/imapd.conf" "$folder/cyrus.conf" "$state"
while IFS='	' read -r name password home; do
    printf '%s\n' "$password" | saslpasswd2 -p -c -f "$state/sasldb" -u localhost "$name"
done < "$folder/users"
chown -R cyrus:mail "$state"
master=/usr/sbin/cyrmaster
[ -x "$master" ] || master=/usr/lib/cyrus/bin/master
exec "$master" -C "$state/imapd.conf" -M "$state/cyrus.conf" -p "$state/master.pid"
"#;
