//! Dovecot 2.4, from a release that has it: the first versions whose logins can be bound to their TLS connection.

use std::path::Path;

use super::dovecot;
use super::guest::{Home, Recipe};
use super::server::LetsIn;
use super::variables::Users;

pub(super) const NAME: &str = "dovecot24";

pub(super) const RECIPE: Recipe = Recipe {
    name: NAME,
    home: Home::OtherRelease,
    packages: &["dovecot-imapd"],
    users: Users::WithOddOne,
    lets_in: LetsIn::ByPasswordOrCertificate,
    script: SCRIPT,
    files: |ports| dovecot::files_2_4(Path::new(STATE), ports),
};

/// Where it lives in its view, as the script says too.
const STATE: &str = "/srv/dovecot";

/// Its log is written where we can read it while it runs, also as somebody else.
const SCRIPT: &str = r#"
state=/srv/dovecot
install -d -m 755 "$state" "$state/run" "$state/state"
install -d -o mail -g mail "$state/mail"
install -m 644 /dev/null "$folder/server.log"
ln -s "$folder/server.log" "$state/server.log"
install -m 600 "$folder/server.key" "$state/server.key"
for name in ca.pem server.pem dovecot.conf certified; do
    install -m 644 "$folder/$name" "$state/$name"
done
while IFS='	' read -r name password home; do
    printf '%s:{PLAIN}%s::::%s::\n' "$name" "$password" "$state/mail/$home"
done < "$folder/users" > "$state/users"
exec dovecot -F -c "$state/dovecot.conf"
"#;
