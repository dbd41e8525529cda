//! Courier IMAP.

use super::guest::{Home, Recipe};
use super::server::LetsIn;
use super::variables::Users;

pub(super) const RECIPE: Recipe = Recipe {
    name: "courier",
    home: Home::ThisSystem,
    // It depends on some mail transport agent; this one is small and does nothing by itself.
    packages: &["courier-imap", "courier-authlib-userdb", "msmtp-mta", "openssl"],
    users: Users::WithOddOne,
    lets_in: LetsIn::ByPassword,
    script: SCRIPT,
    files: |_| vec![("courier.conf", SETTINGS.to_owned())],
};

/// Read after the settings of the package.
///
/// - the limits: every test may hold several connections, all from one address
/// - no cache of TLS sessions: it is a file that only one of the accounts that need it may write
/// - ENHANCEDIDLE: changes are told when they happen, instead of once a minute
const SETTINGS: &str = "\
MAXDAEMONS=250
MAXPERIP=200
TLS_CERTFILE=/srv/courier/server.pem
IMAP_ENHANCEDIDLE=1
IMAP_USELOCKS=1
TLS_CACHEFILE=
";

/// Without the package's own start scripts: they leave the foreground, and log where nobody reads.
const SCRIPT: &str = r#"
state=/srv/courier
install -d -m 755 "$state"
cat "$folder/server.key" "$folder/server.pem" > "$state/server.pem"
chown courier "$state/server.pem"
chmod 400 "$state/server.pem"

uid=$(id -u mail) gid=$(id -g mail)
while IFS='	' read -r name password home; do
    mkdir "$state/$home"
    maildirmake "$state/$home/Maildir"
    chown -R mail:mail "$state/$home"
    hash=$(printf '%s' "$password" | openssl passwd -6 -stdin)
    printf '%s\tuid=%s|gid=%s|home=%s|mail=%s|systempw=%s\n' \
        "$name" "$uid" "$gid" "$state/$home" "$state/$home/Maildir" "$hash" >> "$state/userdb"
done < "$folder/users"
install -m 600 "$state/userdb" /etc/courier/userdb
makeuserdb

install -d -o courier -g courier /run/courier /run/courier/authdaemon
# The daemon reads this file by itself, and the first of two lines counts.
sed -i 's/^authmodulelist=.*/authmodulelist="authuserdb"/' /etc/courier/authdaemonrc
/usr/lib/courier/courier-authlib/authdaemond &

# The files of the package use variables that are not set.
set +u
set -a
. /etc/courier/imapd
. /etc/courier/imapd-ssl
. "$folder/courier.conf"
login=/usr/lib/courier/courier/imaplogin
tcpd="couriertcpd -address=127.0.0.1 -maxprocs=$MAXDAEMONS -maxperip=$MAXPERIP -nodnslookup -noidentlookup"
IMAP_TLS=1 $tcpd "$imaps" "$COURIERTLS" -server -tcpd -user=courier "$login" /usr/bin/imapd Maildir &
IMAP_STARTTLS=YES exec $tcpd "$imap" "$login" /usr/bin/imapd Maildir
"#;
