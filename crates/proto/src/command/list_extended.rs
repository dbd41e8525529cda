use super::{Command, RawValue, StatusAttribute, list, raw_value, read, status};
use crate::types::{Atom, ListPattern, ListReference, NameEncoding, NonEmpty};
use crate::wire::{Cursor, Encoder, Syntax};

/// Which mailboxes an extended `LIST` is to select (RFC 9051 section 6.3.9.1, RFC 5258 section 3.1): each option once,
/// in the order in which they are sent. None selects what a plain `LIST` does.
///
/// ```
/// use tayori_proto::command::{ListSelection, SelectionOption};
///
/// assert!(ListSelection::new(vec![SelectionOption::Remote, SelectionOption::RecursiveMatch]).is_err());
/// assert!(ListSelection::new(vec![SelectionOption::Subscribed, SelectionOption::RecursiveMatch]).is_ok());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListSelection {
    /// None twice; `RECURSIVEMATCH` never alone or with `REMOTE` alone.
    options: Vec<SelectionOption>,
}

/// One option of [`ListSelection`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SelectionOption {
    /// `SUBSCRIBED`: subscribed names, whether there is such a mailbox or not.
    Subscribed,
    /// `REMOTE`: those on other servers too.
    Remote,
    /// `RECURSIVEMATCH`: parents too of what the other options select.
    RecursiveMatch,
    /// `SPECIAL-USE`: those with a special use (RFC 6154 section 2).
    SpecialUse,
    /// Any other, sent as it is.
    Other {
        /// Its name.
        name: Atom,
        /// What follows the name.
        value: Option<RawValue>,
    },
}

impl ListSelection {
    /// These; a repeated one counts once.
    pub fn new(options: Vec<SelectionOption>) -> Result<Self, ListSelectionError> {
        let mut kept: Vec<SelectionOption> = Vec::new();
        for option in options {
            // So few that looking through them costs nothing.
            if kept.len() >= MOST_OPTIONS {
                return Err(ListSelectionError::TooMany);
            }
            if !kept.contains(&option) {
                kept.push(option);
            }
        }
        let recursive = kept.contains(&SelectionOption::RecursiveMatch);
        let selects = |option: &SelectionOption| {
            !matches!(option, SelectionOption::Remote | SelectionOption::RecursiveMatch)
        };
        if recursive && !kept.iter().any(selects) {
            return Err(ListSelectionError::LonelyRecursiveMatch);
        }
        Ok(Self { options: kept })
    }

    /// The options.
    pub fn options(&self) -> &[SelectionOption] {
        &self.options
    }
}

/// More than all documents together define.
const MOST_OPTIONS: usize = 32;

/// Why options cannot stand together in one `LIST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListSelectionError {
    /// `RECURSIVEMATCH` without an option that selects something (RFC 5258 section 3.1).
    #[error("RECURSIVEMATCH needs an option that selects something, such as SUBSCRIBED")]
    LonelyRecursiveMatch,
    /// More than 32.
    #[error("more than {MOST_OPTIONS} options")]
    TooMany,
}

/// What an extended `LIST` is to tell of each mailbox (RFC 9051 section 6.3.9.2, RFC 5258 section 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListReturn {
    /// `SUBSCRIBED`: whether it is subscribed.
    Subscribed,
    /// `CHILDREN`: whether there are others below it.
    Children,
    /// `SPECIAL-USE`: its special uses (RFC 6154 section 2).
    SpecialUse,
    /// `STATUS`: a `STATUS` response of its own (RFC 5819 section 2).
    Status(NonEmpty<StatusAttribute>),
    /// Any other, sent as it is, such as `MYRIGHTS` (RFC 8440 section 3) and `METADATA` (RFC 9590).
    Other {
        /// Its name.
        name: Atom,
        /// What follows the name.
        value: Option<RawValue>,
    },
}

/// ```text
/// list             = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
/// mbox-or-pat      = list-mailbox / patterns
/// patterns         = "(" list-mailbox *(SP list-mailbox) ")"
/// list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")"
/// list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
/// ```
///
/// (RFC 9051 section 9). Where nothing else tells it from a plain `LIST`, an empty list of selection options does.
pub(super) fn encode(
    encoder: &mut Encoder,
    names: NameEncoding,
    selection: &ListSelection,
    reference: &ListReference,
    patterns: &NonEmpty<ListPattern>,
    returns: &[ListReturn],
) {
    let looks_plain = patterns.len() == 1 && returns.is_empty();
    if !selection.options.is_empty() || looks_plain {
        encoder.sp().list(&selection.options, encode_selection);
    }
    encoder.sp().astring(&reference.to_wire(names)).sp();
    match &patterns[..] {
        [pattern] => list::encode_pattern(encoder, names, pattern),
        several => {
            encoder.list(several, |encoder, pattern| list::encode_pattern(encoder, names, pattern));
        }
    }
    if !returns.is_empty() {
        encoder.raw(" RETURN ").list(returns, encode_return);
    }
}

fn encode_selection(encoder: &mut Encoder, option: &SelectionOption) {
    match option {
        SelectionOption::Other { name, value } => encode_other(encoder, name, value.as_ref()),
        plain => {
            let name = SELECTIONS.iter().find(|(_, option)| option == plain);
            encoder.raw(name.map_or("", |(name, _)| name));
        }
    }
}

fn encode_return(encoder: &mut Encoder, option: &ListReturn) {
    match option {
        ListReturn::Status(items) => {
            status::encode_items(encoder.raw("STATUS "), items);
        }
        ListReturn::Other { name, value } => encode_other(encoder, name, value.as_ref()),
        plain => {
            let name = RETURNS.iter().find(|(_, option)| option == plain);
            encoder.raw(name.map_or("", |(name, _)| name));
        }
    }
}

fn encode_other(encoder: &mut Encoder, name: &Atom, value: Option<&RawValue>) {
    encoder.atom(name);
    if let Some(value) = value {
        raw_value::encode(encoder.sp(), value);
    }
}

/// Both forms of `LIST`, behind the name.
pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let selection = try_selection(cursor)?;
    let reference = list::parse_reference(cursor, names)?;
    cursor.expect_sp()?;
    let (patterns, in_list) = parse_patterns(cursor, names)?;
    let returns = try_returns(cursor)?;
    if selection.is_none() && !in_list && returns.is_none() {
        let [pattern] = &patterns[..] else { return Err(cursor.expected("one mailbox pattern")) };
        return Ok(Command::List { reference, pattern: pattern.clone() });
    }
    Ok(Command::ListExtended {
        selection: selection.unwrap_or_default(),
        reference,
        patterns,
        returns: returns.unwrap_or_default(),
    })
}

/// With the blank behind it.
fn try_selection(cursor: &mut Cursor<'_>) -> Result<Option<ListSelection>, Syntax> {
    let start = cursor.pos();
    if cursor.peek() != Some(b'(') {
        return Ok(None);
    }
    let options = read::list(cursor, "a list of selection options", |cursor| {
        let name = read::atom(cursor, "a selection option")?;
        match SELECTIONS.iter().find(|(known, _)| name.eq_ignore_case(known.as_bytes())) {
            Some((_, option)) => Ok(option.clone()),
            None => Ok(SelectionOption::Other { name, value: raw_value::try_parse(cursor)? }),
        }
    })?;
    let selection = ListSelection::new(options).map_err(|error| Syntax {
        offset: start,
        expected: match error {
            ListSelectionError::LonelyRecursiveMatch => "an option that selects beside RECURSIVEMATCH",
            ListSelectionError::TooMany => "fewer options",
        },
    })?;
    cursor.expect_sp()?;
    Ok(Some(selection))
}

/// And whether they stood in parentheses.
fn parse_patterns(
    cursor: &mut Cursor<'_>,
    names: NameEncoding,
) -> Result<(NonEmpty<ListPattern>, bool), Syntax> {
    let start = cursor.pos();
    if cursor.peek() != Some(b'(') {
        return Ok((NonEmpty::one(list::parse_pattern(cursor, names)?), false));
    }
    let patterns =
        read::list(cursor, "a list of mailbox patterns", |cursor| list::parse_pattern(cursor, names))?;
    let patterns = NonEmpty::try_from(patterns)
        .map_err(|_| Syntax { offset: start, expected: "at least one mailbox pattern" })?;
    Ok((patterns, true))
}

/// With the blank in front.
fn try_returns(cursor: &mut Cursor<'_>) -> Result<Option<Vec<ListReturn>>, Syntax> {
    let start = cursor.pos();
    if cursor.skip_blanks() == 0 || !cursor.try_word("RETURN") {
        cursor.seek(start);
        return Ok(None);
    }
    cursor.expect_sp()?;
    read::list(cursor, "a list of what to return", parse_return).map(Some)
}

fn parse_return(cursor: &mut Cursor<'_>) -> Result<ListReturn, Syntax> {
    let name = read::atom(cursor, "what to return")?;
    if let Some((_, option)) = RETURNS.iter().find(|(known, _)| name.eq_ignore_case(known.as_bytes())) {
        return Ok(option.clone());
    }
    if name.eq_ignore_case(b"STATUS") {
        cursor.expect_sp()?;
        return status::parse_items(cursor).map(ListReturn::Status);
    }
    Ok(ListReturn::Other { name, value: raw_value::try_parse(cursor)? })
}

const SELECTIONS: [(&str, SelectionOption); 4] = [
    ("SUBSCRIBED", SelectionOption::Subscribed),
    ("REMOTE", SelectionOption::Remote),
    ("RECURSIVEMATCH", SelectionOption::RecursiveMatch),
    ("SPECIAL-USE", SelectionOption::SpecialUse),
];

const RETURNS: [(&str, ListReturn); 3] = [
    ("SUBSCRIBED", ListReturn::Subscribed),
    ("CHILDREN", ListReturn::Children),
    ("SPECIAL-USE", ListReturn::SpecialUse),
];

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, encode as encode_line};
    use super::*;
    use crate::wire::LiteralMode;

    fn list(selection: &[SelectionOption], patterns: &[&str], returns: &[ListReturn]) -> Command {
        let patterns: Vec<_> = patterns.iter().map(|pattern| ListPattern::new(*pattern).unwrap()).collect();
        Command::ListExtended {
            selection: ListSelection::new(selection.to_vec()).unwrap(),
            reference: ListReference::none(),
            patterns: patterns.try_into().unwrap(),
            returns: returns.to_vec(),
        }
    }

    fn other(name: &str, value: &'static str) -> ListReturn {
        let value = (!value.is_empty()).then(|| RawValue::new(value).unwrap());
        ListReturn::Other { name: Atom::try_from(name).unwrap(), value }
    }

    /// RFC 5258 section 5, RFC 5819 section 3, RFC 6154 section 5.2.
    #[test]
    fn examples_of_the_rfcs() {
        use ListReturn::{Children, SpecialUse, Status, Subscribed};
        use SelectionOption::{RecursiveMatch, Remote, SpecialUse as Special, Subscribed as OnlySubscribed};
        let counts = NonEmpty::one(StatusAttribute::Messages).and(StatusAttribute::Unseen);
        for (line, command, sent) in [
            (
                "A02 LIST (SUBSCRIBED) \"\" \"*\"",
                list(&[OnlySubscribed], &["*"], &[]),
                "A02 LIST (SUBSCRIBED) \"\" *",
            ),
            (
                "A03 LIST () \"\" \"%\" RETURN (CHILDREN)",
                list(&[], &["%"], &[Children]),
                "A03 LIST \"\" % RETURN (CHILDREN)",
            ),
            (
                "A06 LIST (REMOTE) \"\" \"*\" RETURN (SUBSCRIBED)",
                list(&[Remote], &["*"], &[Subscribed]),
                "A06 LIST (REMOTE) \"\" * RETURN (SUBSCRIBED)",
            ),
            (
                "BBB LIST \"\" (\"INBOX\" \"Drafts\" \"Sent/%\")",
                list(&[], &["INBOX", "Drafts", "Sent/%"], &[]),
                "BBB LIST \"\" (INBOX Drafts Sent/%)",
            ),
            (
                "C04 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" \"%\" RETURN (CHILDREN)",
                list(&[OnlySubscribed, RecursiveMatch], &["%"], &[Children]),
                "C04 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" % RETURN (CHILDREN)",
            ),
            ("a2 LIST () \"\" %", list(&[], &["%"], &[]), "a2 LIST () \"\" %"),
            (
                "a3.1 LIST \"\" (% music/rock)",
                list(&[], &["%", "music/rock"], &[]),
                "a3.1 LIST \"\" (% music/rock)",
            ),
            (
                "A01 LIST \"\" % RETURN (STATUS (MESSAGES UNSEEN))",
                list(&[], &["%"], &[Status(counts)]),
                "A01 LIST \"\" % RETURN (STATUS (MESSAGES UNSEEN))",
            ),
            (
                "t2 LIST \"\" \"%\" RETURN (SPECIAL-USE)",
                list(&[], &["%"], &[SpecialUse]),
                "t2 LIST \"\" % RETURN (SPECIAL-USE)",
            ),
            (
                "t3 LIST (SPECIAL-USE) \"\" \"*\"",
                list(&[Special], &["*"], &[]),
                "t3 LIST (SPECIAL-USE) \"\" *",
            ),
            (
                "a list ( special-use  recursivematch subscribed special-use ) \"\" (*) return ()",
                list(&[Special, RecursiveMatch, OnlySubscribed], &["*"], &[]),
                "a LIST (SPECIAL-USE RECURSIVEMATCH SUBSCRIBED) \"\" *",
            ),
        ] {
            check(line, &command, sent);
        }
    }

    /// RFC 8440 section 3, RFC 9590.
    #[test]
    fn options_that_are_not_known_keep_their_values() {
        let returns =
            [other("MYRIGHTS", ""), other("METADATA", "(\"/shared/a\" {2}\r\n)))"), ListReturn::Children];
        let line = "a LIST \"\" % RETURN (MYRIGHTS METADATA (\"/shared/a\" {2}\r\n))) CHILDREN)";
        check(line, &list(&[], &["%"], &returns), line);
        let sent = encode_line(&list(&[], &["%"], &returns), LiteralMode::Plus);
        assert!(sent.bytes.ends_with(b"{2+}\r\n))) CHILDREN)\r\n"));
    }

    #[test]
    fn recursion_needs_something_to_select() {
        use SelectionOption::{RecursiveMatch, Remote};
        for options in [vec![RecursiveMatch], vec![RecursiveMatch, Remote]] {
            assert_eq!(ListSelection::new(options), Err(ListSelectionError::LonelyRecursiveMatch));
        }
        check_wrong("a LIST (RECURSIVEMATCH) \"\" *", 7, "an option that selects beside RECURSIVEMATCH");
        check_wrong(
            "a LIST (REMOTE RECURSIVEMATCH) \"\" *",
            7,
            "an option that selects beside RECURSIVEMATCH",
        );
    }

    #[test]
    fn what_is_no_extended_list() {
        check_wrong("a LIST (SUBSCRIBED)\"\" *", 19, "a blank");
        check_wrong("a LIST (SUBSCRIBED) \"\"", 22, "a blank");
        check_wrong("a LIST (\"x\") \"\" *", 8, "a selection option");
        check_wrong("a LIST \"\" ()", 10, "at least one mailbox pattern");
        check_wrong("a LIST \"\" (a", 12, "a blank");
        check_wrong("a LIST \"\" * RETURN", 18, "a blank");
        check_wrong("a LIST \"\" * RETURN CHILDREN", 19, "a list of what to return");
        check_wrong("a LIST \"\" * RETURN (STATUS)", 26, "a blank");
        check_wrong("a LIST \"\" * RETURN (STATUS ())", 27, "at least one status attribute");
        check_wrong("a LIST \"\" * RETURN (CHILDREN) x", 30, "the end of the command");
        check_wrong("a LIST \"\" * CHILDREN", 12, "the end of the command");
        check_wrong("a LSUB \"\" (a b)", 10, "a mailbox pattern");
        check_wrong("a LSUB (SUBSCRIBED) \"\" *", 7, "a reference name");
    }
}
