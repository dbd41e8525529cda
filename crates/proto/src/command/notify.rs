use super::{Command, FetchAttribute, fetch, read};
use crate::types::{Atom, MailboxName, NameEncoding, NonEmpty};
use crate::wire::{Cursor, Encoder, Syntax};

/// What `NOTIFY` asks the server to tell from now on, without being asked again (RFC 5465 section 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notify {
    /// `NONE`: nothing.
    None,
    /// `SET`: this, and nothing else.
    Set(NotifySet),
}

/// What is told of which mailboxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifySet {
    status: InitialStatus,
    /// At most one is about the selected mailbox.
    groups: NonEmpty<EventGroup>,
}

/// Whether the present state of the mailboxes is told first (RFC 5465 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InitialStatus {
    /// With a `STATUS` response for each.
    Told,
    /// Not: the client knows it.
    Known,
}

impl NotifySet {
    /// At most one group may be about the selected mailbox (RFC 5465 section 6.1).
    pub fn new(status: InitialStatus, groups: NonEmpty<EventGroup>) -> Result<Self, NotifyError> {
        let of_selected = groups.iter().filter(|group| group.watched.is_selected()).count();
        if of_selected > 1 { Err(NotifyError::SelectedTwice) } else { Ok(Self { status, groups }) }
    }

    /// Whether the present state is told first.
    pub const fn status(&self) -> InitialStatus {
        self.status
    }

    /// The groups.
    pub const fn groups(&self) -> &NonEmpty<EventGroup> {
        &self.groups
    }
}

/// What is told of some mailboxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventGroup {
    watched: Watched,
    /// As [`EventGroup::new`] has it.
    events: Vec<Event>,
}

/// Which mailboxes an [`EventGroup`] is about (RFC 5465 section 6).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Watched {
    /// `SELECTED`: the selected one, at once. Message sequence numbers can then change at any time.
    Selected,
    /// `SELECTED-DELAYED`: the selected one, and of messages that are gone when a command allows to tell it.
    SelectedDelayed,
    /// `INBOXES`: where new mail may be delivered.
    Inboxes,
    /// `PERSONAL`: those of the personal namespaces.
    Personal,
    /// `SUBSCRIBED`: those that are subscribed.
    Subscribed,
    /// `SUBTREE`: these and all below them.
    Subtree(NonEmpty<MailboxName>),
    /// `MAILBOXES`: these.
    Mailboxes(NonEmpty<MailboxName>),
}

impl Watched {
    const fn is_selected(&self) -> bool {
        matches!(self, Self::Selected | Self::SelectedDelayed)
    }

    /// The names in it.
    fn names(&self) -> &[MailboxName] {
        match self {
            Self::Subtree(names) | Self::Mailboxes(names) => names,
            _ => &[],
        }
    }
}

/// What can happen (RFC 5465 section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// `MessageNew`: there is a new message. Of one in the selected mailbox these attributes are told.
    MessageNew(Vec<FetchAttribute>),
    /// `MessageExpunge`: a message is gone.
    MessageExpunge,
    /// `FlagChange`: a message has other flags.
    FlagChange,
    /// `AnnotationChange`: a message has other annotations.
    AnnotationChange,
    /// `MailboxName`: a mailbox was made, deleted or renamed.
    MailboxName,
    /// `SubscriptionChange`: a mailbox was subscribed or is not any more.
    SubscriptionChange,
    /// `MailboxMetadataChange`: a mailbox has other metadata.
    MailboxMetadataChange,
    /// `ServerMetadataChange`: the server has other metadata.
    ServerMetadataChange,
    /// Any other, sent as it is.
    Other(Atom),
}

impl Event {
    const fn is_of_messages(&self) -> bool {
        matches!(self, Self::MessageNew(_) | Self::MessageExpunge | Self::FlagChange | Self::AnnotationChange)
    }
}

impl EventGroup {
    /// What happens to these mailboxes. Without an event it is `NONE`: nothing is told of them.
    ///
    /// Fails where a server has to refuse it (RFC 5465 sections 5, 6.1 and 8).
    pub fn new(watched: Watched, events: Vec<Event>) -> Result<Self, NotifyError> {
        if events.len() > MOST_EVENTS {
            return Err(NotifyError::TooMany);
        }
        let is_new = |event: &Event| matches!(event, Event::MessageNew(_));
        let (mut new, mut expunged) = (false, events.contains(&Event::MessageExpunge));
        for (index, event) in events.iter().enumerate() {
            let earlier = &events[..index];
            if earlier.contains(event) || (is_new(event) && earlier.iter().any(is_new)) {
                return Err(NotifyError::Repeated);
            }
            new |= is_new(event);
            if watched.is_selected() && !event.is_of_messages() {
                return Err(NotifyError::NotOfMessages);
            }
            if matches!(event, Event::MessageNew(attributes) if !attributes.is_empty())
                && !watched.is_selected()
            {
                return Err(NotifyError::AttributesElsewhere);
            }
        }
        if new != expunged {
            return Err(NotifyError::HalfOfMessages);
        }
        expunged &= new;
        let changes = [Event::FlagChange, Event::AnnotationChange].iter().any(|event| events.contains(event));
        if changes && !expunged {
            return Err(NotifyError::ChangesAlone);
        }
        Ok(Self { watched, events })
    }

    /// Which mailboxes.
    pub const fn watched(&self) -> &Watched {
        &self.watched
    }

    /// What is told; nothing for `NONE`.
    pub fn events(&self) -> &[Event] {
        &self.events
    }
}

/// More than all documents together define.
const MOST_EVENTS: usize = 32;

/// Why events cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotifyError {
    /// `MessageNew` without `MessageExpunge`, or the other way round (RFC 5465 section 5).
    #[error("MessageNew and MessageExpunge must be asked for together")]
    HalfOfMessages,
    /// `FlagChange` or `AnnotationChange` without these two (RFC 5465 section 5).
    #[error("FlagChange and AnnotationChange need MessageNew and MessageExpunge")]
    ChangesAlone,
    /// Something else than a message event of the selected mailbox (RFC 5465 section 6.1).
    #[error("of the selected mailbox only message events can be asked for")]
    NotOfMessages,
    /// Attributes of messages in mailboxes that are not selected (RFC 5465 section 8).
    #[error("attributes of new messages can be asked for in the selected mailbox only")]
    AttributesElsewhere,
    /// Two groups about the selected mailbox (RFC 5465 section 6.1).
    #[error("one group alone can be about the selected mailbox")]
    SelectedTwice,
    /// An event that stands there already.
    #[error("an event is asked for twice")]
    Repeated,
    /// More than 32 events in one group.
    #[error("more than {MOST_EVENTS} events")]
    TooMany,
}

impl Notify {
    /// Whether it has the server tell at once what becomes of the selected mailbox, so that the numbers of messages can
    /// change at any time (RFC 5465 section 6.1).
    pub fn watches_at_once(&self) -> bool {
        match self {
            Self::None => false,
            Self::Set(set) => {
                set.groups.iter().any(|group| group.watched == Watched::Selected && !group.events.is_empty())
            }
        }
    }

    /// Whether a mailbox name in it fulfils this.
    pub(super) fn any_name(&self, mut fulfils: impl FnMut(&MailboxName) -> bool) -> bool {
        match self {
            Self::None => false,
            Self::Set(set) => set.groups.iter().flat_map(|group| group.watched.names()).any(&mut fulfils),
        }
    }
}

/// ```text
/// notify       = "NOTIFY" SP (notify-set / "NONE")
/// notify-set   = "SET" [SP "STATUS"] SP event-group *(SP event-group)
/// event-group  = "(" filter-mailboxes SP events ")"
/// events       = ("(" event *(SP event) ")") / "NONE"
/// ```
///
/// (RFC 5465 section 8).
pub(super) fn encode(encoder: &mut Encoder, names: NameEncoding, notify: &Notify) {
    let Notify::Set(NotifySet { status, groups }) = notify else {
        encoder.raw(" NONE");
        return;
    };
    encoder.raw(" SET");
    if *status == InitialStatus::Told {
        encoder.raw(" STATUS");
    }
    for EventGroup { watched, events } in groups {
        encoder.raw(" (");
        encode_watched(encoder, names, watched);
        if events.is_empty() {
            encoder.raw(" NONE)");
        } else {
            encoder.sp().list(events, encode_event).raw(")");
        }
    }
}

/// `filter-mailboxes`
fn encode_watched(encoder: &mut Encoder, names: NameEncoding, watched: &Watched) {
    encoder.raw(match watched {
        Watched::Selected => "SELECTED",
        Watched::SelectedDelayed => "SELECTED-DELAYED",
        Watched::Inboxes => "INBOXES",
        Watched::Personal => "PERSONAL",
        Watched::Subscribed => "SUBSCRIBED",
        Watched::Subtree(_) => "SUBTREE ",
        Watched::Mailboxes(_) => "MAILBOXES ",
    });
    match watched.names() {
        [] => {}
        [mailbox] => {
            encoder.astring(&mailbox.to_wire(names));
        }
        several => {
            encoder.list(several, |encoder, mailbox| {
                encoder.astring(&mailbox.to_wire(names));
            });
        }
    }
}

fn encode_event(encoder: &mut Encoder, event: &Event) {
    match event {
        Event::MessageNew(attributes) => {
            encoder.raw("MessageNew");
            if !attributes.is_empty() {
                encoder.sp().list(attributes, fetch::encode_attribute);
            }
        }
        Event::Other(name) => {
            encoder.atom(name);
        }
        plain => {
            let name = PLAIN.iter().find(|(_, event)| event == plain);
            encoder.raw(name.map_or("", |(name, _)| name));
        }
    }
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    if cursor.try_word("NONE") {
        return Ok(Command::Notify(Notify::None));
    }
    if !cursor.try_word("SET") {
        return Err(cursor.expected("SET or NONE"));
    }
    cursor.expect_sp()?;
    let mut status = InitialStatus::Known;
    if cursor.try_word("STATUS") {
        cursor.expect_sp()?;
        status = InitialStatus::Told;
    }
    let start = cursor.pos();
    let groups = read::items(cursor, |cursor| parse_group(cursor, names))?;
    let set = NotifySet::new(status, groups)
        .map_err(|_| Syntax { offset: start, expected: "one group alone about the selected mailbox" })?;
    Ok(Command::Notify(Notify::Set(set)))
}

fn parse_group(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<EventGroup, Syntax> {
    cursor.entry()?;
    cursor.expect_byte(b'(', "a group of events")?;
    cursor.skip_stray_blanks();
    let watched = parse_watched(cursor, names)?;
    cursor.expect_sp()?;
    let start = cursor.pos();
    let events = if cursor.try_word("NONE") { Vec::new() } else { parse_events(cursor)? };
    let group = EventGroup::new(watched, events).map_err(|error| Syntax {
        offset: start,
        expected: match error {
            NotifyError::HalfOfMessages => "both MessageNew and MessageExpunge, or neither",
            NotifyError::ChangesAlone => "MessageNew and MessageExpunge beside changes of messages",
            NotifyError::NotOfMessages => "events of messages alone for the selected mailbox",
            NotifyError::AttributesElsewhere => "attributes for the selected mailbox alone",
            NotifyError::Repeated => "each event once",
            NotifyError::SelectedTwice | NotifyError::TooMany => "fewer events",
        },
    })?;
    cursor.skip_stray_blanks();
    cursor.expect_byte(b')', "`)`")?;
    Ok(group)
}

fn parse_events(cursor: &mut Cursor<'_>) -> Result<Vec<Event>, Syntax> {
    let start = cursor.pos();
    let events = read::list(cursor, "a list of events or NONE", parse_event)?;
    if events.is_empty() { Err(Syntax { offset: start, expected: "an event or NONE" }) } else { Ok(events) }
}

/// As [`encode_watched`].
fn parse_watched(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Watched, Syntax> {
    const EXPECTED: &str = "which mailboxes to watch";
    let start = cursor.pos();
    let word = read::atom(cursor, EXPECTED)?;
    Ok(match word.as_bytes().to_ascii_uppercase().as_slice() {
        b"SELECTED" => Watched::Selected,
        b"SELECTED-DELAYED" => Watched::SelectedDelayed,
        b"INBOXES" => Watched::Inboxes,
        b"PERSONAL" => Watched::Personal,
        b"SUBSCRIBED" => Watched::Subscribed,
        b"SUBTREE" => Watched::Subtree(parse_mailboxes(cursor, names)?),
        b"MAILBOXES" => Watched::Mailboxes(parse_mailboxes(cursor, names)?),
        _ => return Err(Syntax { offset: start, expected: EXPECTED }),
    })
}

/// `SP one-or-more-mailbox`
fn parse_mailboxes(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<NonEmpty<MailboxName>, Syntax> {
    cursor.expect_sp()?;
    let start = cursor.pos();
    if cursor.peek() != Some(b'(') {
        return read::mailbox(cursor, names).map(NonEmpty::one);
    }
    let mailboxes = read::list(cursor, "a mailbox name", |cursor| {
        cursor.entry()?;
        read::mailbox(cursor, names)
    })?;
    NonEmpty::try_from(mailboxes).map_err(|_| Syntax { offset: start, expected: "at least one mailbox name" })
}

/// As [`encode_event`].
fn parse_event(cursor: &mut Cursor<'_>) -> Result<Event, Syntax> {
    let name = read::atom(cursor, "an event")?;
    if let Some((_, event)) = PLAIN.iter().find(|(known, _)| name.eq_ignore_case(known.as_bytes())) {
        return Ok(event.clone());
    }
    if !name.eq_ignore_case(b"MessageNew") {
        return Ok(Event::Other(name));
    }
    let behind_name = cursor.pos();
    if cursor.skip_blanks() == 0 || cursor.peek() != Some(b'(') {
        cursor.seek(behind_name);
        return Ok(Event::MessageNew(Vec::new()));
    }
    let start = cursor.pos();
    let attributes = read::list(cursor, "a list of attributes", fetch::parse_attribute)?;
    if attributes.is_empty() {
        return Err(Syntax { offset: start, expected: "at least one attribute" });
    }
    Ok(Event::MessageNew(attributes))
}

const PLAIN: [(&str, Event); 7] = [
    ("MessageExpunge", Event::MessageExpunge),
    ("FlagChange", Event::FlagChange),
    ("AnnotationChange", Event::AnnotationChange),
    ("MailboxName", Event::MailboxName),
    ("SubscriptionChange", Event::SubscriptionChange),
    ("MailboxMetadataChange", Event::MailboxMetadataChange),
    ("ServerMetadataChange", Event::ServerMetadataChange),
];

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, name};
    use super::*;

    fn set(status: InitialStatus, groups: &[(Watched, &[Event])]) -> Command {
        let groups: Vec<_> = groups
            .iter()
            .map(|(watched, events)| EventGroup::new(watched.clone(), events.to_vec()).unwrap())
            .collect();
        Command::Notify(Notify::Set(NotifySet::new(status, groups.try_into().unwrap()).unwrap()))
    }

    fn one(mailbox: &str) -> NonEmpty<MailboxName> {
        NonEmpty::one(name(mailbox))
    }

    /// RFC 5465 section 6; the examples of its section 3.1 break its own grammar.
    #[test]
    fn examples_of_the_rfc() {
        use Event::{FlagChange, MessageExpunge, MessageNew, SubscriptionChange};
        let uid_and_flags = || MessageNew(vec![FetchAttribute::Uid, FetchAttribute::Flags]);
        let plain = || MessageNew(vec![]);
        check(
            "a notify set (mailboxes INBOX (Messagenew messageExpunge)) (personal (SubscriptionChange))",
            &set(
                InitialStatus::Known,
                &[
                    (Watched::Mailboxes(one("INBOX")), &[plain(), MessageExpunge]),
                    (Watched::Personal, &[SubscriptionChange]),
                ],
            ),
            "a NOTIFY SET (MAILBOXES INBOX (MessageNew MessageExpunge)) (PERSONAL (SubscriptionChange))",
        );
        check(
            "a notify set (selected (Messagenew (uid flags) messageExpunge)) \
             (personal (MessageNew FlagChange MessageExpunge))",
            &set(
                InitialStatus::Known,
                &[
                    (Watched::Selected, &[uid_and_flags(), MessageExpunge]),
                    (Watched::Personal, &[plain(), FlagChange, MessageExpunge]),
                ],
            ),
            "a NOTIFY SET (SELECTED (MessageNew (UID FLAGS) MessageExpunge)) \
             (PERSONAL (MessageNew FlagChange MessageExpunge))",
        );
        check("a notify none", &Command::Notify(Notify::None), "a NOTIFY NONE");
    }

    #[test]
    fn every_filter_and_every_event() {
        let messages =
            || [Event::MessageNew(vec![]), Event::MessageExpunge, Event::FlagChange, Event::AnnotationChange];
        let others = [
            Event::MailboxName,
            Event::SubscriptionChange,
            Event::MailboxMetadataChange,
            Event::ServerMetadataChange,
            Event::Other(Atom::try_from("X-Moon").unwrap()),
        ];
        let line = "a NOTIFY SET STATUS (SELECTED-DELAYED NONE) \
             (INBOXES (MessageNew MessageExpunge FlagChange AnnotationChange)) \
             (SUBSCRIBED (MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange X-Moon)) \
             (SUBTREE (Lists \"a b\") NONE) (MAILBOXES Entw&APw-rfe NONE)";
        let command = set(
            InitialStatus::Told,
            &[
                (Watched::SelectedDelayed, &[]),
                (Watched::Inboxes, &messages()),
                (Watched::Subscribed, &others),
                (Watched::Subtree(one("Lists").and(name("a b"))), &[]),
                (Watched::Mailboxes(one("Entw\u{fc}rfe")), &[]),
            ],
        );
        check(line, &command, line);
    }

    #[test]
    fn what_may_not_stand_together() {
        use Event::{AnnotationChange, FlagChange, MailboxName, MessageExpunge, MessageNew};
        let plain = || MessageNew(vec![]);
        let flags = || MessageNew(vec![FetchAttribute::Flags]);
        for (watched, events, error) in [
            (Watched::Personal, vec![plain()], NotifyError::HalfOfMessages),
            (Watched::Personal, vec![MailboxName, MessageExpunge], NotifyError::HalfOfMessages),
            (Watched::Selected, vec![FlagChange], NotifyError::ChangesAlone),
            (Watched::Selected, vec![AnnotationChange], NotifyError::ChangesAlone),
            (Watched::Selected, vec![plain(), MessageExpunge, MailboxName], NotifyError::NotOfMessages),
            (Watched::Personal, vec![flags(), MessageExpunge], NotifyError::AttributesElsewhere),
            (Watched::Personal, vec![MailboxName, MailboxName], NotifyError::Repeated),
            (Watched::Selected, vec![plain(), MessageExpunge, flags()], NotifyError::Repeated),
        ] {
            assert_eq!(EventGroup::new(watched, events), Err(error));
        }
        let group = |watched| EventGroup::new(watched, vec![]).unwrap();
        let twice = NonEmpty::one(group(Watched::Selected)).and(group(Watched::SelectedDelayed));
        assert_eq!(NotifySet::new(InitialStatus::Known, twice), Err(NotifyError::SelectedTwice));
        for (line, offset, expected) in [
            ("a NOTIFY SET (personal (MessageNew))", 23, "both MessageNew and MessageExpunge, or neither"),
            (
                "a NOTIFY SET (selected (FlagChange))",
                23,
                "MessageNew and MessageExpunge beside changes of messages",
            ),
            (
                "a NOTIFY SET (selected (MailboxName))",
                23,
                "events of messages alone for the selected mailbox",
            ),
            (
                "a NOTIFY SET (inboxes (MessageNew (UID) MessageExpunge))",
                22,
                "attributes for the selected mailbox alone",
            ),
            ("a NOTIFY SET (inboxes (MailboxName mailboxname))", 22, "each event once"),
            (
                "a NOTIFY SET (selected NONE) (selected-delayed NONE)",
                13,
                "one group alone about the selected mailbox",
            ),
        ] {
            check_wrong(line, offset, expected);
        }
    }

    #[test]
    fn what_is_no_notify() {
        check_wrong("a NOTIFY", 8, "a blank");
        check_wrong("a NOTIFY ALL", 9, "SET or NONE");
        check_wrong("a NOTIFY NONE x", 14, "the end of the command");
        check_wrong("a NOTIFY SET", 12, "a blank");
        check_wrong("a NOTIFY SET STATUS", 19, "a blank");
        check_wrong("a NOTIFY SET STATUS ", 20, "a group of events");
        check_wrong("a NOTIFY SET (all NONE)", 14, "which mailboxes to watch");
        check_wrong("a NOTIFY SET (selected)", 22, "a blank");
        check_wrong("a NOTIFY SET (selected MessageNew)", 23, "a list of events or NONE");
        check_wrong("a NOTIFY SET (selected ())", 23, "an event or NONE");
        check_wrong("a NOTIFY SET (selected (MessageNew () MessageExpunge))", 35, "at least one attribute");
        check_wrong("a NOTIFY SET (subtree () NONE)", 22, "at least one mailbox name");
        check_wrong("a NOTIFY SET (subtree NONE)", 26, "a blank");
        check_wrong("a NOTIFY SET (selected NONE", 27, "`)`");
    }
}
