//! What to try next: lines that can be typed as they stand.

use std::path::Path;

use super::host::Access;
use crate::escape::escape_str;

/// After a demonstration that has ended.
pub(super) fn next_steps(folder: &Path, program: &str) -> String {
    let mail = word(&folder.join("INBOX/1.eml").to_string_lossy());
    let program = word(program);
    format!(
        "\
Try next:
  less {mail}
  {program} demo --keep-serving    # for Thunderbird, mutt and tayori fetch
  {program} fetch --help           # for an account of your own
"
    )
}

/// For a server that stays.
pub(super) fn access(access: &Access, program: &str) -> String {
    let Access { port, user, password, fingerprint, .. } = access;
    let (certificate, option, security) = match fingerprint {
        Some(fingerprint) => {
            (format!("  certificate  {fingerprint}\n"), format!("--fingerprint {fingerprint}"), "SSL/TLS")
        }
        None => (String::new(), "--tls none".to_owned(), "none"),
    };
    let program = word(program);
    let place = access.place("");
    let inbox = access.place("INBOX");
    let look = match fingerprint {
        Some(_) => format!("openssl s_client -quiet -verify_quiet -crlf -connect 127.0.0.1:{port}"),
        None => format!("telnet 127.0.0.1 {port}"),
    };
    // Mutt wants encryption unless it is told otherwise.
    let mutt = if fingerprint.is_some() { "mutt" } else { "mutt -e 'set ssl_force_tls=no'" };
    format!(
        "\
Serving until Ctrl-C; what is changed on this server is lost when it ends:
  place        {place}
  user         {user}
  password     {password}
{certificate}
Try in another terminal:
  TAYORI_PASSWORD={password} {program} fetch {inbox} --last 3 -o new/ {option}
  {mutt} -f {inbox}
  {look}
    a LOGIN {user} {password}
    b EXAMINE INBOX
    c FETCH 1 (FLAGS ENVELOPE)
    d LOGOUT
In Thunderbird: a new account, IMAP, server 127.0.0.1, port {port}, security {security}, normal password
"
    )
}

/// How this program was called, so that it can be called again from the same folder.
pub(super) fn program() -> String {
    std::env::args_os().next().and_then(|name| name.into_string().ok()).unwrap_or_else(|| "tayori".to_owned())
}

/// One word for a shell.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%_+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    // What drives a terminal is not shown as it is, though the line then names something else.
    format!("'{}'", escape_str(&text.replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_shell() {
        let check = |text: &str, expected: &str| assert_eq!(word(text), expected);
        check("target/release/tayori", "target/release/tayori");
        check("", "''");
        check("my mail/1.eml", "'my mail/1.eml'");
        check("it's", "'it'\\''s'");
        check("$(rm)", "'$(rm)'");
        check("便り", "'便り'");
        check("a\u{1b}", "'a\\x1b'");
    }
}
