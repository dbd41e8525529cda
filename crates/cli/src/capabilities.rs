//! What capabilities mean: for the shell, which explains them when it is asked, and for `tayori check`.

use tayori_proto::types::Capability;

/// What is known of a capability.
#[derive(Debug)]
pub(crate) struct CapabilityEntry {
    /// As servers list it; with `=` at the end, a value follows.
    pub(crate) name: &'static str,
    /// Where it is told; not an RFC for some.
    pub(crate) rfc: &'static str,
    /// What it is good for, in a few words.
    pub(crate) serves: &'static str,
}

impl CapabilityEntry {
    /// The entry of a capability as a server lists it: the one of just this name before one for any value.
    pub(crate) fn find(listed: &str) -> Option<&'static Self> {
        let exact = || CAPABILITIES.iter().find(|entry| entry.name.eq_ignore_ascii_case(listed));
        let prefix = || {
            let end = listed.find('=')? + 1;
            let key = listed.get(..end)?;
            CAPABILITIES.iter().find(|entry| entry.name.eq_ignore_ascii_case(key))
        };
        exact().or_else(prefix)
    }

    /// The same for one that was read already.
    pub(crate) fn of(capability: &Capability) -> Option<&'static Self> {
        std::str::from_utf8(&capability.to_bytes()).ok().and_then(Self::find)
    }
}

const fn entry(name: &'static str, rfc: &'static str, serves: &'static str) -> CapabilityEntry {
    CapabilityEntry { name, rfc, serves }
}

/// In alphabetical order.
pub(crate) const CAPABILITIES: &[CapabilityEntry] = &[
    entry("ACL", "RFC 4314", "who may do what in a mailbox: GETACL, SETACL"),
    entry("ACL2=", "draft", "how rights of several entries add up"),
    entry("ANNOTATE-EXPERIMENT-1", "RFC 5257", "notes on messages"),
    entry("APPENDLIMIT", "RFC 7889", "each mailbox says how large a message may be"),
    entry("APPENDLIMIT=", "RFC 7889", "the largest message that APPEND takes, in octets"),
    entry("AUTH=", "RFC 9051 6.2.2", "a mechanism for AUTHENTICATE"),
    entry("AUTH=ANONYMOUS", "RFC 4505", "AUTHENTICATE as a guest"),
    entry("AUTH=CRAM-MD5", "RFC 2195", "AUTHENTICATE; an old one, better avoided"),
    entry("AUTH=DIGEST-MD5", "RFC 6331", "AUTHENTICATE; an old one, better avoided"),
    entry("AUTH=EXTERNAL", "RFC 4422 A", "AUTHENTICATE with the certificate of TLS"),
    entry("AUTH=GSSAPI", "RFC 4752", "AUTHENTICATE with Kerberos"),
    entry("AUTH=LOGIN", "draft", "AUTHENTICATE: name, then password; not a standard"),
    entry("AUTH=OAUTHBEARER", "RFC 7628", "AUTHENTICATE with an OAuth token"),
    entry("AUTH=PLAIN", "RFC 4616", "AUTHENTICATE with a password in one step"),
    entry("AUTH=SCRAM-SHA-1", "RFC 5802", "AUTHENTICATE; the password does not travel"),
    entry("AUTH=SCRAM-SHA-1-PLUS", "RFC 5802", "the same, bound to this TLS connection"),
    entry("AUTH=SCRAM-SHA-256", "RFC 7677", "AUTHENTICATE; the password does not travel"),
    entry("AUTH=SCRAM-SHA-256-PLUS", "RFC 7677", "the same, bound to this TLS connection"),
    entry("AUTH=XOAUTH2", "Google", "AUTHENTICATE with an OAuth token"),
    entry("BINARY", "RFC 3516", "parts are decoded by the server: FETCH BINARY"),
    entry("CATENATE", "RFC 4469", "APPEND puts a message together from others"),
    entry("CHILDREN", "RFC 3348", "LIST tells which mailboxes have some below them"),
    entry("COMPRESS=", "RFC 4978", "a way to compress the connection"),
    entry("COMPRESS=DEFLATE", "RFC 4978", "the connection can be compressed"),
    entry("CONDSTORE", "RFC 7162", "changes are numbered: CHANGEDSINCE, UNCHANGEDSINCE"),
    entry("CONTEXT=SEARCH", "RFC 5267", "a search that keeps itself up to date"),
    entry("CONTEXT=SORT", "RFC 5267", "a sorted search that keeps itself up to date"),
    entry("CONVERT", "RFC 5259", "parts in another media type"),
    entry("CREATE-SPECIAL-USE", "RFC 6154", "CREATE says what a mailbox is for"),
    entry("DIGEST=", "Cyrus", "hashes of messages: FETCH DIGEST.SHA1"),
    entry("ENABLE", "RFC 5161", "extensions that must be turned on can be"),
    entry("ESEARCH", "RFC 4731", "SEARCH RETURN: counts, ends and sets"),
    entry("ESORT", "RFC 5267", "SORT RETURN: counts, ends and parts"),
    entry("FILTERS", "RFC 5466", "searches that are stored under a name"),
    entry("I18NLEVEL=", "RFC 5255", "text is compared beyond ASCII"),
    entry("I18NLEVEL=1", "RFC 5255", "text is compared beyond ASCII"),
    entry("I18NLEVEL=2", "RFC 5255", "how text is compared can be chosen: COMPARATOR"),
    entry("ID", "RFC 2971", "client and server tell who they are"),
    entry("IDLE", "RFC 2177", "news without asking"),
    entry("IMAP4", "RFC 1730", "the version of 1994"),
    entry("IMAP4rev1", "RFC 3501", "the version of 2003; all servers speak it"),
    entry("IMAP4rev2", "RFC 9051", "the version of 2021; ENABLE IMAP4rev2 turns it on"),
    entry("IMAPSIEVE=", "RFC 6785", "scripts of this server run when mail changes"),
    entry("INPROGRESS", "RFC 9585", "the server says how far a long command is"),
    entry("JMAPACCESS", "RFC 9698", "the same mail by JMAP: GETJMAPACCESS"),
    entry("LANGUAGE", "RFC 5255", "texts for people in another language"),
    entry("LIST-EXTENDED", "RFC 5258", "LIST with options and several patterns"),
    entry("LIST-METADATA", "RFC 9590", "LIST RETURN (METADATA (...))"),
    entry("LIST-MYRIGHTS", "RFC 8440", "LIST RETURN (MYRIGHTS)"),
    entry("LIST-STATUS", "RFC 5819", "LIST RETURN (STATUS (...)): all counts at once"),
    entry("LITERAL+", "RFC 7888", "literals without waiting: {n+}"),
    entry("LITERAL-", "RFC 7888", "literals up to 4096 octets without waiting: {n+}"),
    entry("LOGIN-REFERRALS", "RFC 2221", "the server may send users to another server"),
    entry("LOGINDISABLED", "RFC 9051 6.2.3", "LOGIN is refused, mostly until STARTTLS"),
    entry("MAILBOX-REFERRALS", "RFC 2193", "mailboxes may be at another server"),
    entry("MESSAGELIMIT=", "RFC 9738", "how many messages one command may be about"),
    entry("METADATA", "RFC 5464", "annotations of mailboxes and of the server"),
    entry("METADATA-SERVER", "RFC 5464", "annotations of the server only"),
    entry("MOVE", "RFC 6851", "MOVE: a copy and its removal in one"),
    entry("MULTIAPPEND", "RFC 3502", "APPEND of several messages at once"),
    entry("MULTISEARCH", "RFC 7377", "ESEARCH: several mailboxes at once"),
    entry("NAMESPACE", "RFC 2342", "where one's own and shared mailboxes begin"),
    entry("NOTIFY", "RFC 5465", "news of other mailboxes, too"),
    entry("NO_ATOMIC_RENAME", "Cyrus", "RENAME may stop half way"),
    entry("OBJECTID", "RFC 8474", "ids of mailboxes and messages that last"),
    entry("PARTIAL", "RFC 9394", "SEARCH and FETCH page by page"),
    entry("PREVIEW", "RFC 8970", "the beginning of the text: FETCH PREVIEW"),
    entry("PREVIEW=FUZZY", "draft", "an early form of PREVIEW"),
    entry("QRESYNC", "RFC 7162", "SELECT tells all that has changed since"),
    entry("QUOTA", "RFC 9208", "how much there may be, and how much there is"),
    entry("QUOTA=", "RFC 9208", "a resource that is limited by quota"),
    entry("QUOTA=RES-ANNOTATION-STORAGE", "RFC 9208", "quota for annotations, in KiB"),
    entry("QUOTA=RES-MAILBOX", "RFC 9208", "quota for the number of mailboxes"),
    entry("QUOTA=RES-MESSAGE", "RFC 9208", "quota for the number of messages"),
    entry("QUOTA=RES-STORAGE", "RFC 9208", "quota for messages, in KiB"),
    entry("QUOTASET", "RFC 9208", "quota can be set: SETQUOTA"),
    entry("REPLACE", "RFC 8508", "REPLACE: a message in the place of another"),
    entry("RIGHTS=", "RFC 4314", "which letters stand for rights of their own"),
    entry("SASL-IR", "RFC 4959", "AUTHENTICATE with its first answer at once"),
    entry("SAVEDATE", "RFC 8514", "when a message came into its mailbox"),
    entry("SAVELIMIT=", "RFC 9738", "how many messages one COPY or APPEND may be about"),
    entry("SCAN", "draft", "LIST that looks into mailboxes"),
    entry("SEARCH=FUZZY", "RFC 6203", "SEARCH FUZZY: nearly the words"),
    entry("SEARCHRES", "RFC 5182", "$ stands for what was found last"),
    entry("SNIPPET=FUZZY", "draft", "an early form of PREVIEW"),
    entry("SORT", "RFC 5256", "SORT: search results in an order"),
    entry("SORT=", "server's own", "a further criterion for SORT"),
    entry("SORT=DISPLAY", "RFC 5957", "SORT by names as they are shown"),
    entry("SORT=MODSEQ", "Cyrus", "SORT by last change"),
    entry("SORT=UID", "Cyrus", "SORT by UID"),
    entry("SPECIAL-USE", "RFC 6154", "LIST tells which mailbox is for what"),
    entry("STARTTLS", "RFC 9051 6.2.1", "the connection can go on with TLS"),
    entry("STATUS=", "RFC 8438", "a further item for STATUS"),
    entry("STATUS=SIZE", "RFC 8438", "STATUS SIZE: octets of a mailbox"),
    entry("THREAD=", "RFC 5256", "an algorithm for THREAD"),
    entry("THREAD=ORDEREDSUBJECT", "RFC 5256", "THREAD by subject"),
    entry("THREAD=REFERENCES", "RFC 5256", "THREAD by who answers whom"),
    entry("THREAD=REFS", "draft", "THREAD by References alone"),
    entry("UIDBATCHES", "RFC 10022", "UIDBATCHES: UIDs in portions"),
    entry("UIDONLY", "RFC 9586", "a mode without sequence numbers"),
    entry("UIDPLUS", "RFC 4315", "UID EXPUNGE; APPEND and COPY tell the new UIDs"),
    entry("UNAUTHENTICATE", "RFC 8437", "log out and stay connected"),
    entry("UNSELECT", "RFC 3691", "UNSELECT: close without expunging"),
    entry("URL-PARTIAL", "RFC 5550", "addresses of parts of messages, for CATENATE"),
    entry("URLAUTH", "RFC 4467", "addresses by which others read a message"),
    entry("URLAUTH=BINARY", "RFC 5524", "the same for decoded parts"),
    entry("UTF8=", "RFC 9755", "a way to speak UTF-8"),
    entry("UTF8=ACCEPT", "RFC 9755", "UTF-8 in names and headers; ENABLE turns it on"),
    entry("UTF8=ONLY", "RFC 9755", "UTF-8 must be turned on before anything works"),
    entry("WITHIN", "RFC 5032", "SEARCH OLDER and YOUNGER, in seconds"),
    entry("X-CREATEDMODSEQ", "Cyrus", "FETCH tells with which change a message came"),
    entry("X-GM-EXT-1", "Gmail", "labels, conversations and its search"),
    entry("X-QUOTA=", "Cyrus", "a resource that is limited by quota"),
    entry("X-REPLICATION", "Cyrus", "for its own copies of mail"),
    entry("X-REPLICATION-ARCHIVE", "Cyrus", "for its own copies of mail"),
    entry("X-SIEVE-MAILBOX", "Cyrus", "scripts may be stored as mailboxes"),
    entry("XAPPLEPUSHSERVICE", "Apple", "push messages to devices of Apple"),
    entry("XCONVERSATIONS", "Cyrus", "conversations across mailboxes"),
    entry("XLIST", "Gmail", "XLIST: special uses before RFC 6154"),
    entry("XMOVE", "Cyrus", "XMOVE: MOVE before RFC 6851"),
    entry("XYZZY", "server's own", "an empty command, for fun"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_in_order() {
        for pair in CAPABILITIES.windows(2) {
            let [before, behind] = pair else { unreachable!() };
            let (before, behind) = (before.name.to_ascii_uppercase(), behind.name.to_ascii_uppercase());
            assert!(before < behind, "{before} {behind}");
        }
    }

    #[test]
    fn values_of_their_own_come_first() {
        let check = |listed: &str, expected: Option<&str>| {
            assert_eq!(CapabilityEntry::find(listed).map(|entry| entry.name), expected, "{listed}");
        };
        check("auth=plain", Some("AUTH=PLAIN"));
        check("AUTH=NTLM", Some("AUTH="));
        check("APPENDLIMIT=35651584", Some("APPENDLIMIT="));
        check("RIGHTS=texk", Some("RIGHTS="));
        check("QUOTA", Some("QUOTA"));
        check("X-GOOD-IDEA", None);
        check("NONE=1", None);
        check("=", None);
        check("", None);
    }

    #[test]
    fn all_that_the_protocol_crate_knows_are_explained() {
        for name in KNOWN_TO_PROTO.split_whitespace() {
            let capability = Capability::try_from(name).unwrap();
            assert!(!matches!(capability, Capability::Other(_)), "{name} is not known");
            assert!(CapabilityEntry::find(name).is_some(), "{name} is not explained");
        }
    }

    #[test]
    fn all_that_was_seen_is_explained() {
        for name in SEEN.split_whitespace() {
            assert!(CapabilityEntry::find(name).is_some(), "{name}");
        }
    }

    const KNOWN_TO_PROTO: &str = "IMAP4rev1 IMAP4rev2 STARTTLS LOGINDISABLED AUTH=PLAIN SASL-IR LITERAL+ LITERAL- \
        UNSELECT UIDPLUS IDLE MOVE ID ENABLE NAMESPACE SPECIAL-USE UTF8=ACCEPT UTF8=ONLY CONDSTORE QRESYNC ESEARCH \
        SEARCHRES PARTIAL WITHIN LIST-EXTENDED LIST-STATUS CHILDREN XLIST STATUS=SIZE CREATE-SPECIAL-USE \
        COMPRESS=DEFLATE OBJECTID SAVEDATE PREVIEW APPENDLIMIT APPENDLIMIT=1 MULTIAPPEND BINARY REPLACE UIDONLY \
        MESSAGELIMIT=1 SAVELIMIT=1 INPROGRESS NOTIFY X-GM-EXT-1";

    /// What Dovecot, Cyrus, Courier, Crymap, Mailutils, pymap, Gluon, go-imap and Hoodiecrow list.
    const SEEN: &str = "ACL ACL2=UNION ANNOTATE-EXPERIMENT-1 APPENDLIMIT=1000000000 AUTH=ANONYMOUS AUTH=CRAM-MD5 \
        AUTH=DIGEST-MD5 AUTH=EXTERNAL AUTH=GS2-KRB5 AUTH=GSSAPI AUTH=LOGIN AUTH=OAUTHBEARER AUTH=OPENID20 AUTH=PLAIN \
        AUTH=SAML20 AUTH=SCRAM-SHA-1-PLUS AUTH=SECURID AUTH=XOAUTH2 CATENATE CONTEXT=SEARCH DIGEST=SHA1 ESORT \
        I18NLEVEL=1 JMAPACCESS LIST-METADATA LIST-MYRIGHTS LOGIN-REFERRALS MAILBOX-REFERRALS METADATA MULTISEARCH \
        NO_ATOMIC_RENAME PREVIEW=FUZZY QUOTA QUOTA=RES-MAILBOX QUOTASET RIGHTS=KXTEN SCAN SEARCH=FUZZY SNIPPET=FUZZY \
        SORT SORT=DISPLAY SORT=MODSEQ SORT=UID THREAD=ORDEREDSUBJECT THREAD=REFERENCES THREAD=REFS URL-PARTIAL URLAUTH \
        URLAUTH=BINARY X-CREATEDMODSEQ X-QUOTA=STORAGE X-QUOTA=X-NUM-FOLDERS X-REPLICATION X-REPLICATION-ARCHIVE \
        X-SIEVE-MAILBOX XCONVERSATIONS XLIST XMOVE XYZZY";
}
