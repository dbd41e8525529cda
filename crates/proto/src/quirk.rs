//! Where servers break the grammar and are understood all the same.
//!
//! Each widening has an entry here: who sends it, what it looks like, which rule it breaks. A value that was read
//! with its help carries a [`Repair`].

/// A widening that was needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Repair {
    /// Which.
    pub quirk: Quirk,
    /// Where, in octets from the start of the response, without the octets of streamed literals.
    pub offset: usize,
}

/// What is known about a quirk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Who does it.
    pub servers: &'static str,
    /// What it looks like: a response without its last CRLF. Every sample is parsed in the tests.
    pub sample: &'static str,
    /// The rule it breaks.
    pub breaks: &'static str,
}

macro_rules! quirks {
    ($($(#[$doc:meta])* $name:ident {
        servers: $servers:literal, sample: $sample:literal, breaks: $breaks:literal $(,)?
    })*) => {
        /// A known widening of the grammar.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Quirk {
            $($(#[$doc])* $name,)*
        }

        impl Quirk {
            /// Every quirk.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Who does it, what it looks like, what it breaks.
            pub const fn evidence(self) -> Evidence {
                match self {
                    $(Self::$name => Evidence { servers: $servers, sample: $sample, breaks: $breaks },)*
                }
            }
        }
    };
}

quirks! {
    /// Blanks where the grammar has none, or several where it has one.
    ExtraBlanks {
        servers: "DavMail, QQ, Exchange, Yahoo",
        sample: "*  22279 EXISTS",
        breaks: "RFC 9051 section 9: SP is one blank",
    }
    /// A tab where the grammar has a blank.
    Tab {
        servers: "not recorded",
        sample: "* 81 FETCH (FLAGS (\\Seen)\tUID 81)",
        breaks: "RFC 9051 section 9: SP is one blank",
    }
    /// A parenthesis behind a response that closes nothing.
    StrayParenthesis {
        servers: "not recorded",
        sample: "* SEARCH 2 84 882)",
        breaks: "RFC 9051 section 9, response-data: the line ends behind the data",
    }
    /// No blank between two items.
    MissingBlank {
        servers: "not recorded",
        sample: "* 81 FETCH (FLAGS (\\Seen)UID 81)",
        breaks: "RFC 9051 section 9, msg-att: items are separated by SP",
    }
    /// A quote inside a quoted string without a backslash in front.
    UnescapedQuote {
        servers: "Domino, Coremail, iCloud",
        sample: "* 1 FETCH (BODYSTRUCTURE (\"text\" \"plain\" (\"charset\" \"3D\"Windows-1252\"\") NIL NIL \"7bit\" 10 1))",
        breaks: "RFC 9051 section 9, QUOTED-CHAR: a quote is written with a backslash in front",
    }
    /// A backslash in front of the closing quote, as if it escaped it.
    StrayBackslash {
        servers: "QQ",
        sample: "* 1 FETCH (ENVELOPE (NIL \"s\" ((\"x\" NIL \"y\" \"qq.com\\\")) NIL NIL NIL NIL NIL NIL \"<a@b>\"))",
        breaks: "RFC 9051 section 9, QUOTED-CHAR: a backslash is written with a backslash in front",
    }
    /// NUL octets in front of a response.
    LeadingNul {
        servers: "Exchange",
        sample: "\0\0A6 OK done",
        breaks: "RFC 9051 section 9, response: begins with a tag, `*` or `+`",
    }
    /// A response code directly behind the asterisk.
    MissingStatus {
        servers: "home.pl, Office 365",
        sample: "* [COPYUID 55 31 6]",
        breaks: "RFC 9051 section 9, resp-cond-state: OK, NO or BAD stands in front",
    }
    /// A failure without an asterisk and without a tag, which is all that the running command gets for an answer.
    UntaggedFailure {
        servers: "Exchange Online",
        sample: "Server Unavailable. 15",
        breaks: "RFC 9051 section 7.1: a response begins with a tag or an asterisk",
    }
    /// A known response code with arguments that are none; it is kept verbatim, or, of `MESSAGELIMIT`, without its UID.
    BrokenCode {
        servers: "Outlook.com",
        sample: "* OK [COPYUID 14  ]",
        breaks: "RFC 9051 section 9, resp-code-copy: two sets follow",
    }
    /// A number that must not be 0 is 0, and means: not known.
    ZeroNumber {
        servers: "mail.xwtec.cn, Courier, Hoodiecrow",
        sample: "* OK [UIDVALIDITY 0] UIDs valid",
        breaks: "RFC 9051 section 9, nz-number",
    }
    /// The charsets behind `BADCHARSET` without parentheses.
    BareCharsets {
        servers: "not recorded",
        sample: "y01 NO [badcharset a ba cc] unsupported",
        breaks: "RFC 9051 section 9, resp-text-code: the charsets stand in parentheses",
    }
    /// `LITERAL +` in place of `LITERAL+`.
    SplitLiteralPlus {
        servers: "Infomaniak",
        sample: "* CAPABILITY IMAP4rev1 LITERAL + IDLE",
        breaks: "RFC 7888 section 4: the name is LITERAL+",
    }
    /// A word in a list of capabilities that is no atom; it is left out.
    OddCapability {
        servers: "not recorded",
        sample: "* CAPABILITY IMAP4rev1 \"IDLE\" UNSELECT",
        breaks: "RFC 9051 section 9, capability: an atom",
    }
    /// Commas behind the strings of an `ID` response.
    IdCommas {
        servers: "Bigfoot",
        sample: "* ID (\"name\", \"Bigfoot\", \"version\", \"1.0\", \"os\", \"Linux\")",
        breaks: "RFC 2971 section 4, id_params_list: blanks stand between strings",
    }
    /// More than thirty fields in an `ID` response; the rest is left out.
    ManyIdFields {
        servers: "not recorded",
        sample: "* ID (\"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\")",
        breaks: "RFC 2971 section 3.3: no more than 30 field-value pairs",
    }
    /// `EXPUNGED` in place of `EXPUNGE`.
    Expunged {
        servers: "Mailutils",
        sample: "* 1 EXPUNGED",
        breaks: "RFC 9051 section 7.5.1",
    }
    /// `\*` in a list of flags that messages have.
    WildcardFlag {
        servers: "Zoho, GreenMail",
        sample: "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)",
        breaks: "RFC 9051 section 9, flag: `\\*` stands in PERMANENTFLAGS alone",
    }
    /// `NIL` in a list of flags.
    NilFlag {
        servers: "InterMail",
        sample: "* FLAGS (\\Answered NIL \\Seen)",
        breaks: "RFC 9051 section 9, flag-list",
    }
    /// Quotes around a flag.
    QuotedFlag {
        servers: "InterMail",
        sample: "* 1 FETCH (FLAGS (\"\\\\Seen\" \"Junk\"))",
        breaks: "RFC 9051 section 9, flag: a keyword is an atom",
    }
    /// Something else in a list of flags, such as a list; it is left out.
    OddFlag {
        servers: "not recorded",
        sample: "* 2 FETCH (FLAGS (\\Seen (\\Deleted junk FLAGS) $label1) UID 10 RFC822.SIZE 12)",
        breaks: "RFC 9051 section 9, flag-list",
    }
    /// What is no hierarchy delimiter in its place; it means that there is none.
    OddDelimiter {
        servers: "not recorded",
        sample: "* LIST (\\HasNoChildren) \"//\" \"Folder2\"",
        breaks: "RFC 9051 section 9, mailbox-list: one quoted character, or NIL",
    }
    /// No hierarchy delimiter between the attributes and the name of a mailbox; it means that there is none.
    MissingDelimiter {
        servers: "not recorded",
        sample: "* LIST (\\HasNoChildren) \"Folder2\"",
        breaks: "RFC 9051 section 9, mailbox-list",
    }
    /// An empty string as the hierarchy delimiter; it means that there is none.
    EmptyDelimiter {
        servers: "not recorded",
        sample: "* LIST (\\HasNoChildren) \"\" \"Folder2\"",
        breaks: "RFC 9051 section 9, mailbox-list: one quoted character, or NIL",
    }
    /// A lone backslash as a mailbox attribute; it is left out.
    EmptyAttribute {
        servers: "not recorded",
        sample: "* LIST (\\HasChildren \\) \".\" \"Archive\"",
        breaks: "RFC 9051 section 9, flag-extension",
    }
    /// Something else in the list of mailbox attributes, or in its place; it is left out.
    OddAttribute {
        servers: "not recorded",
        sample: "* LIST (\\HasChildren (\\Marked)) \".\" \"Archive\"",
        breaks: "RFC 9051 section 9, mbx-list-flags",
    }
    /// Quotes around a mailbox attribute.
    QuotedAttribute {
        servers: "not recorded",
        sample: "* LIST (\"\\HasChildren\") \".\" \"Archive\"",
        breaks: "RFC 9051 section 9, mbx-list-flags",
    }
    /// A mailbox attribute without its backslash; it is kept as it came and means nothing.
    BareAttribute {
        servers: "not recorded",
        sample: "* LIST (HasNoChildren UnMarked) \"/\" 'a",
        breaks: "RFC 9051 section 9, mbx-list-flags",
    }
    /// A mailbox name that needs quotes and has none.
    UnquotedName {
        servers: "Exchange",
        sample: "* LIST (\\HasNoChildren) \"/\" Drafts\tand more",
        breaks: "RFC 9051 section 9, mailbox: an astring",
    }
    /// A known item of extended data in a `LIST` response with a value of another kind; it is kept verbatim.
    OddListItem {
        servers: "not recorded",
        sample: "* LIST () \"/\" \"Archive\" (OLDNAME NIL)",
        breaks: "RFC 9051 section 9, oldname-extended-item",
    }
    /// A name and its value in parentheses in an `ESEARCH` response.
    ReturnInParentheses {
        servers: "not recorded",
        sample: "* ESEARCH (TAG \"A006\") UID (COUNT 5) ALL 1:5",
        breaks: "RFC 9051 section 9, search-return-data: name and value without parentheses",
    }
    /// A known name in an `ESEARCH` response with a value of another kind; it is kept verbatim.
    OddSearchData {
        servers: "not recorded",
        sample: "* ESEARCH (TAG \"a\") UID MIN 0 COUNT 0",
        breaks: "RFC 9051 section 9, search-return-data",
    }
    /// `MAILBOXID` in a `STATUS` response with octets of freed memory; they are kept verbatim.
    OddMailboxId {
        servers: "Cyrus 3.10, Cyrus 3.12",
        sample: "* STATUS INBOX (MESSAGES 3 MAILBOXID (a\u{e9}\") )(b) UIDNEXT 5)",
        breaks: "RFC 8474 section 7, objectid: letters, digits, `-` and `_`",
    }
    /// An item of a `STATUS` response with a value of another kind; it is kept verbatim.
    OddStatusValue {
        servers: "not recorded",
        sample: "* STATUS INBOX (MESSAGES many)",
        breaks: "RFC 9051 section 9, status-att-val",
    }
    /// A `FETCH` response without the parentheses around its items.
    MissingRowList {
        servers: "not recorded",
        sample: "* 2 FETCH FLAGS (\\Deleted \\Seen)",
        breaks: "RFC 9051 section 9, msg-att: the items stand in parentheses",
    }
    /// A list in the place of an item of `FETCH`; what it holds is read as items.
    NestedRow {
        servers: "Domino",
        sample: "* 1 FETCH ((UID 1 FLAGS (\\Seen)))",
        breaks: "RFC 9051 section 9, msg-att",
    }
    /// An item of `FETCH` without a value.
    MissingValue {
        servers: "Yandex",
        sample: "* 1 FETCH (UID 3016 BODY[2] )",
        breaks: "RFC 9051 section 9, msg-att-static: a nstring follows",
    }
    /// `PEEK` in the name of a body, as in the command.
    PeekInAnswer {
        servers: "pymap",
        sample: "* 1 FETCH (BINARY.PEEK[1] ~{2}\r\nab)",
        breaks: "RFC 9051 section 9, msg-att-static: BODY or BINARY, without PEEK",
    }
    /// A length behind the origin of a section.
    OriginWithLength {
        servers: "Hoodiecrow",
        sample: "* 1 FETCH (BODY[]<5.10> \"x\")",
        breaks: "RFC 9051 section 9, msg-att-static: the origin alone",
    }
    /// Fewer than three classes of namespaces; the others are empty.
    MissingNamespaces {
        servers: "not recorded",
        sample: "* NAMESPACE ((\"\" \"/\"))",
        breaks: "RFC 9051 section 9, namespace-response",
    }
    /// What is no class of namespaces in the place of one; it means that there are none.
    OddNamespaces {
        servers: "not recorded",
        sample: "* NAMESPACE ((\"\" \"/\")) \"\" NIL",
        breaks: "RFC 9051 section 9, namespace",
    }
    /// `MODSEQ` with a number that cannot be one; it means: not known.
    OddModSeq {
        servers: "Zoho",
        sample: "* 40 FETCH (MODSEQ (-1) FLAGS (\\Recent \\Seen) UID 336)",
        breaks: "RFC 7162 section 7, mod-sequence-value",
    }
    /// `NIL` in a list of labels; it is left out.
    NilLabel {
        servers: "Gmail",
        sample: "* 1 FETCH (X-GM-LABELS (\\Inbox \"label\" NIL) UID 1)",
        breaks: "the description of X-GM-LABELS: a list of astrings",
    }
    /// An arrival date that is no date; it means: not known.
    OddDate {
        servers: "Domino",
        sample: "* 1 FETCH (UID 1 INTERNALDATE \"00-Jan-0000 00:00:00 +0000\")",
        breaks: "RFC 9051 section 9, date-time",
    }
    /// A number below 0; it means: not known.
    NegativeNumber {
        servers: "Exchange",
        sample: "* 61 FETCH (BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"quoted-printable\" -1 -1 NIL NIL NIL NIL))",
        breaks: "RFC 9051 section 9, number",
    }
    /// A number with a fraction or an exponent.
    FractionalNumber {
        servers: "mail.ru",
        sample: "* 1 FETCH (BODY (\"text\" \"plain\" NIL NIL NIL \"base64\" 9.3736e+06 1.86931e+06))",
        breaks: "RFC 9051 section 9, number",
    }
    /// `NIL` in place of a number; it means: not known.
    NilNumber {
        servers: "DavMail",
        sample: "* 1125 FETCH (BODY (\"APPLICATION\" \"XML\" (\"NAME\" \"zzz.xml\") NIL \"ZZZ.XML\" \"BASE64\" NIL))",
        breaks: "RFC 9051 section 9, body-fld-octets",
    }
    /// A number too large for its type; it means: not known.
    HugeNumber {
        servers: "not recorded",
        sample: "* 1 FETCH (RFC822.SIZE 99999999999999999999999)",
        breaks: "RFC 9051 section 9, number64",
    }
    /// An atom where a string belongs.
    AtomForString {
        servers: "not recorded",
        sample: "* 123 FETCH (rfc822.tExt abcdEf)",
        breaks: "RFC 9051 section 9, nstring",
    }
    /// `()` where a string, a list that is not empty, or `NIL` belongs.
    EmptyList {
        servers: "Mail.ru, Exchange",
        sample: "* 1 FETCH (ENVELOPE (\"Mon, 1 Jan 2024 00:00:00 +0000\" \"s\" NIL NIL NIL NIL NIL () NIL NIL))",
        breaks: "RFC 9051 section 9, nstring and env-bcc",
    }
    /// An empty string in place of a list.
    StringForList {
        servers: "not recorded",
        sample: "* 1 FETCH (ENVELOPE (NIL \"s\" \"\" NIL NIL NIL NIL NIL NIL NIL))",
        breaks: "RFC 9051 section 9, env-from",
    }
    /// `NIL` as an entry of a list of addresses or languages; it is left out.
    NilEntry {
        servers: "SmarterMail, Exchange",
        sample: "* 1 FETCH (ENVELOPE (NIL \"s\" (NIL (NIL NIL \"a\" \"b.example\")) NIL NIL NIL NIL NIL NIL NIL))",
        breaks: "RFC 9051 section 9, env-from",
    }
    /// An address of fewer than four fields.
    ShortAddress {
        servers: "localmail",
        sample: "* 1 FETCH (ENVELOPE (NIL \"s\" ((NIL NIL \"a\")) NIL NIL NIL NIL NIL NIL NIL))",
        breaks: "RFC 9051 section 9, address",
    }
    /// An address of more than four fields: a literal was counted in characters, and its end stands behind it.
    LongAddress {
        servers: "not recorded",
        sample: "* 1 FETCH (ENVELOPE (NIL \"s\" (({4}\r\n\u{420}\u{435}\u{446} \"a\" b NIL \"c\" \"d.example\")) NIL NIL NIL NIL NIL NIL NIL))",
        breaks: "RFC 9051 section 4.3: a literal is counted in octets",
    }
    /// An envelope of fewer than ten fields; the last ones are missing.
    ShortEnvelope {
        servers: "QQ",
        sample: "* 1 FETCH (ENVELOPE (NIL \"s\" NIL NIL NIL NIL NIL NIL \"<a@b.example>\"))",
        breaks: "RFC 9051 section 9, envelope",
    }
    /// An envelope of more than ten fields; the last ones are skipped.
    LongEnvelope {
        servers: "not recorded",
        sample: "* 1 FETCH (ENVELOPE (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL NIL))",
        breaks: "RFC 9051 section 9, envelope",
    }
    /// A multipart without parts: a subtype, then parameters or nothing.
    ChildlessMultipart {
        servers: "Gmail, Yandex, QQ, old Dovecot",
        sample: "* 1 FETCH (BODY ((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 2 1)(\"ALTERNATIVE\") \"REPORT\"))",
        breaks: "RFC 9051 section 9, body-type-mpart: one part at least",
    }
    /// A multipart in the form of a single part.
    MultipartAsPart {
        servers: "GMX, Exchange",
        sample: "* 1 FETCH (BODYSTRUCTURE (\"multipart\" \"digest\" (\"boundary\" \"b\") NIL NIL \"7BIT\" -1 NIL NIL NIL NIL))",
        breaks: "RFC 9051 section 9, body-type-mpart",
    }
    /// No structure, or an empty one, where one belongs.
    MissingBody {
        servers: "not recorded",
        sample: "* 1 FETCH (BODY (\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 787 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) () 0))",
        breaks: "RFC 9051 section 9, body-type-msg",
    }
    /// A part without its type, its subtype or both.
    MissingMediaType {
        servers: "mail.ru, Office 365, SIMS",
        sample: "* 1 FETCH (BODY (NIL NIL NIL NIL NIL \"7bit\" 10))",
        breaks: "RFC 9051 section 9, media-basic",
    }
    /// A `message/rfc822` without the envelope and structure of the message inside.
    MissingEnvelope {
        servers: "Gmail",
        sample: "* 1 FETCH (BODYSTRUCTURE (\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 836 NIL (\"ATTACHMENT\" NIL) NIL))",
        breaks: "RFC 9051 section 9, body-type-msg",
    }
    /// A text part without its number of lines.
    MissingLines {
        servers: "Bluemind",
        sample: "* 1 FETCH (BODYSTRUCTURE (\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 100 NIL NIL NIL NIL))",
        breaks: "RFC 9051 section 9, body-type-text",
    }
    /// A number of lines for a part that is no text; it is skipped.
    StrayLines {
        servers: "lavabit, Gmail",
        sample: "* 1 FETCH (BODYSTRUCTURE (\"application\" \"pdf\" NIL NIL NIL \"base64\" 100 3))",
        breaks: "RFC 9051 section 9, body-type-basic",
    }
    /// A string in place of a disposition; it is read as one without parameters.
    BareDisposition {
        servers: "Exchange, pymap",
        sample: "* 1 FETCH (BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 850 31 NIL \"inline\" NIL NIL))",
        breaks: "RFC 9051 section 9, body-fld-dsp",
    }
    /// A disposition without the place for its parameters.
    ShortDisposition {
        servers: "Citadel",
        sample: "* 12 FETCH (BODYSTRUCTURE (\"text\" \"html\" NIL NIL NIL \"7bit\" 4848 25 NIL (\"inline\") NIL))",
        breaks: "RFC 9051 section 9, body-fld-dsp",
    }
    /// The disposition in the place of the language.
    SwappedDisposition {
        servers: "not recorded",
        sample: "* 1 FETCH (BODYSTRUCTURE ((\"text\" \"plain\" NIL NIL NIL \"8bit\" 314 8) \"related\" NIL NIL (\"inline\" NIL) NIL))",
        breaks: "RFC 9051 section 9, body-ext-mpart: the disposition comes first",
    }
    /// `NIL` as the value of a parameter.
    NilParameter {
        servers: "Exchange, mail.ru",
        sample: "* 3 FETCH (BODY (\"text\" \"html\" (\"name\" NIL) NIL NIL \"7bit\" 784 11))",
        breaks: "RFC 9051 section 9, body-fld-param",
    }
    /// A field of a structure that cannot be read; it is skipped.
    OddBodyField {
        servers: "GMX",
        sample: "* 1 FETCH (BODYSTRUCTURE (\"application\" \"pdf\" NIL NIL NIL \"7BIT\" 400 (\"boundary\" \"b\") NIL NIL NIL))",
        breaks: "RFC 9051 section 9, body",
    }
    /// Blanks around the name of a transfer encoding.
    PaddedEncoding {
        servers: "Office 365",
        sample: "* 1 FETCH (BODY (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"base64 \" 21 1))",
        breaks: "RFC 9051 section 9, body-fld-enc",
    }
    /// `QUOTA` without a list: no resource is limited.
    MissingQuotaList {
        servers: "Courier",
        sample: "* QUOTA \"ROOT\"",
        breaks: "RFC 9208 section 7, quota-response: a list follows, empty where nothing is limited (section 4.2.1)",
    }
    /// One list of replies alone in a thread, where there is nothing to tell apart.
    LoneSubthread {
        servers: "not recorded",
        sample: "* THREAD (1 (2 3))",
        breaks: "RFC 5256 section 5, thread-nested: two lists at least",
    }
}
