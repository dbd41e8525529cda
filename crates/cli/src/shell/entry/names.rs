//! The names of commands, to tell them from tags.

use super::Part;

/// Of RFC 3501, RFC 9051 and the extensions that are known here.
const COMMANDS: &[&str] = &[
    "APPEND",
    "AUTHENTICATE",
    "CANCELUPDATE",
    "CAPABILITY",
    "CHECK",
    "CLOSE",
    "COMPRESS",
    "CONVERSIONS",
    "CONVERT",
    "COPY",
    "CREATE",
    "DELETE",
    "DELETEACL",
    "DONE",
    "ENABLE",
    "ESEARCH",
    "EXAMINE",
    "EXPUNGE",
    "FETCH",
    "GENURLAUTH",
    "GETACL",
    "GETJMAPACCESS",
    "GETMETADATA",
    "GETQUOTA",
    "GETQUOTAROOT",
    "ID",
    "IDLE",
    "LANGUAGE",
    "LIST",
    "LISTRIGHTS",
    "LOGIN",
    "LOGOUT",
    "LSUB",
    "MOVE",
    "MYRIGHTS",
    "NAMESPACE",
    "NOOP",
    "NOTIFY",
    "RENAME",
    "REPLACE",
    "RESETKEY",
    "SEARCH",
    "SELECT",
    "SETACL",
    "SETMETADATA",
    "SETQUOTA",
    "SORT",
    "STARTTLS",
    "STATUS",
    "STORE",
    "SUBSCRIBE",
    "THREAD",
    "UID",
    "UIDBATCHES",
    "UNAUTHENTICATE",
    "UNSELECT",
    "UNSUBSCRIBE",
    "URLFETCH",
    "XLIST",
];

/// Whether this is the name of a command, in any case.
pub(crate) fn is_command(word: &[u8]) -> bool {
    COMMANDS.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(word))
}

/// The name of a command without its tag, in capitals.
pub(super) fn name_of(parts: &[Part]) -> String {
    let text = match parts.first() {
        Some(Part::Text(text)) => &text[..],
        _ => &[],
    };
    let mut words = text.split(|&octet| octet == b' ').filter(|word| !word.is_empty());
    let upper = |word: &[u8]| String::from_utf8_lossy(word).to_ascii_uppercase();
    let mut name = words.next().map(upper).unwrap_or_default();
    if name == "UID"
        && let Some(second) = words.next()
    {
        name = format!("UID {}", upper(second));
    }
    name
}
