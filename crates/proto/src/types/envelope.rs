use std::fmt;
use std::ops::{Deref, Range};

use bytes::Bytes;

use super::Text;

/// The envelope of a message as its server read it (RFC 9051 section 7.5.2, ENVELOPE).
///
/// `None` is `NIL`: the field is missing. Texts are raw: encoded words are not decoded. Two envelopes are equal when
/// they say the same.
///
/// An envelope that was read shares the buffer of the response it came from, and has one allocation of its own, for
/// all addresses. Cloning it copies no text; both keep that buffer alive. [`Envelope::detached`] makes a copy that does
/// not. One that is made from [`EnvelopeFields`] has a buffer of its own.
#[derive(Clone, Default)]
pub struct Envelope {
    /// What the spans point into.
    octets: Bytes,
    /// By [`TextField`].
    texts: [Span; 4],
    /// Those of all lists, one list after the other.
    addresses: Vec<[Span; 4]>,
    /// Where each list ends, by [`ListField`]; `ends[i] <= ends[i + 1] == addresses.len()` at the end.
    ends: [u32; 6],
}

/// A piece of the buffer, or `NIL`.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

/// The fields that are texts.
#[derive(Clone, Copy)]
pub(crate) enum TextField {
    Date,
    Subject,
    InReplyTo,
    MessageId,
}

/// The fields that are lists of addresses, in the order of the grammar.
#[derive(Clone, Copy)]
pub(crate) enum ListField {
    From,
    Sender,
    ReplyTo,
    To,
    Cc,
    Bcc,
}

impl ListField {
    pub(crate) const ALL: [Self; 6] =
        [Self::From, Self::Sender, Self::ReplyTo, Self::To, Self::Cc, Self::Bcc];
}

impl Envelope {
    /// An envelope from its fields, whose texts are copied into one buffer.
    ///
    /// What goes beyond 1 GiB of them, which is no envelope any more, is left out.
    pub fn new(fields: EnvelopeFields) -> Self {
        let EnvelopeFields { date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id } =
            fields;
        let mut draft = EnvelopeDraft::new(0);
        let span = |draft: &mut EnvelopeDraft, text: &Option<Text>| {
            text.as_ref().and_then(|text| draft.made(text.as_bytes())).unwrap_or_default()
        };
        let texts = [
            (TextField::Date, date),
            (TextField::Subject, subject),
            (TextField::InReplyTo, in_reply_to),
            (TextField::MessageId, message_id),
        ];
        for (field, text) in texts {
            let span = span(&mut draft, &text);
            draft.set_text(field, span);
        }
        let lists = [
            (ListField::From, from),
            (ListField::Sender, sender),
            (ListField::ReplyTo, reply_to),
            (ListField::To, to),
            (ListField::Cc, cc),
            (ListField::Bcc, bcc),
        ];
        for (field, list) in lists {
            for Address { name, route, mailbox, host } in list.iter() {
                let address = [name, route, mailbox, host].map(|text| span(&mut draft, text));
                draft.push_address(address);
            }
            draft.end_list(field);
        }
        draft.finish(Bytes::new())
    }

    /// Of spans within these octets; `ends` by [`ListField`].
    #[inline]
    pub(crate) fn from_spans(
        octets: Bytes,
        texts: [Span; 4],
        addresses: Vec<[Span; 4]>,
        ends: [u32; 6],
    ) -> Self {
        Self { octets, texts, addresses, ends }
    }

    /// Room for the addresses of an ordinary message: one each in `From`, `Sender` and `Reply-To`, and a few receivers.
    pub(crate) const ADDRESSES: usize = 8;

    /// `Date`
    pub fn date(&self) -> Option<&[u8]> {
        self.text(TextField::Date)
    }

    /// `Subject`
    pub fn subject(&self) -> Option<&[u8]> {
        self.text(TextField::Subject)
    }

    /// `From`
    pub fn from(&self) -> Addresses<'_> {
        self.list(ListField::From)
    }

    /// `Sender`; servers fill it from `From` when it is missing.
    pub fn sender(&self) -> Addresses<'_> {
        self.list(ListField::Sender)
    }

    /// `Reply-To`; servers fill it from `From` when it is missing.
    pub fn reply_to(&self) -> Addresses<'_> {
        self.list(ListField::ReplyTo)
    }

    /// `To`
    pub fn to(&self) -> Addresses<'_> {
        self.list(ListField::To)
    }

    /// `Cc`
    pub fn cc(&self) -> Addresses<'_> {
        self.list(ListField::Cc)
    }

    /// `Bcc`
    pub fn bcc(&self) -> Addresses<'_> {
        self.list(ListField::Bcc)
    }

    /// `In-Reply-To`
    pub fn in_reply_to(&self) -> Option<&[u8]> {
        self.text(TextField::InReplyTo)
    }

    /// `Message-ID`
    pub fn message_id(&self) -> Option<&[u8]> {
        self.text(TextField::MessageId)
    }

    /// A copy that does not keep the buffer of the response alive.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self { octets: Bytes::copy_from_slice(&self.octets), ..self.clone() }
    }

    /// The lists in the order of the grammar.
    pub(crate) fn lists(&self) -> [Addresses<'_>; 6] {
        [self.from(), self.sender(), self.reply_to(), self.to(), self.cc(), self.bcc()]
    }

    fn text(&self, field: TextField) -> Option<&[u8]> {
        self.texts[field as usize].of(&self.octets)
    }

    fn list(&self, field: ListField) -> Addresses<'_> {
        let index = field as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        let spans = self.addresses.get(start as usize..self.ends[index] as usize).unwrap_or_default();
        Addresses { octets: &self.octets, spans: spans.iter() }
    }
}

impl PartialEq for Envelope {
    fn eq(&self, other: &Self) -> bool {
        let same = |(ours, theirs): (&Span, &Span)| ours.of(&self.octets) == theirs.of(&other.octets);
        self.ends == other.ends
            && self.texts.iter().zip(&other.texts).all(same)
            && self.lists().into_iter().zip(other.lists()).all(|(ours, theirs)| ours.eq(theirs))
    }
}

impl Eq for Envelope {}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Envelope");
        shown.field("date", &self.date().map(Shown)).field("subject", &self.subject().map(Shown));
        let names = ["from", "sender", "reply_to", "to", "cc", "bcc"];
        for (name, list) in names.into_iter().zip(self.lists()) {
            shown.field(name, &list);
        }
        shown.field("in_reply_to", &self.in_reply_to().map(Shown));
        shown.field("message_id", &self.message_id().map(Shown)).finish()
    }
}

/// As a [`Text`] is shown.
struct Shown<'a>(&'a [u8]);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// The addresses of one header field of an [`Envelope`]; none when the field is missing.
#[derive(Clone)]
pub struct Addresses<'a> {
    octets: &'a [u8],
    spans: std::slice::Iter<'a, [Span; 4]>,
}

impl Addresses<'_> {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.spans.len() == 0
    }
}

impl<'a> Iterator for Addresses<'a> {
    type Item = AddressRef<'a>;

    fn next(&mut self) -> Option<AddressRef<'a>> {
        let &[name, route, mailbox, host] = self.spans.next()?;
        let of = |span: Span| span.of(self.octets);
        Some(AddressRef { name: of(name), route: of(route), mailbox: of(mailbox), host: of(host) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.spans.size_hint()
    }
}

impl ExactSizeIterator for Addresses<'_> {}

impl fmt::Debug for Addresses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<_> = self.clone().collect();
        f.debug_tuple("AddressList").field(&shown).finish()
    }
}

/// One address structure of an [`Envelope`] (RFC 9051 section 7.5.2); [`Address`] is the same with texts of its own.
///
/// With `host` missing it is a group marker: it begins with the group's name in `mailbox` and ends where `mailbox`
/// is missing too.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressRef<'a> {
    /// The display name.
    pub name: Option<&'a [u8]>,
    /// The source route, long obsolete.
    pub route: Option<&'a [u8]>,
    /// What stands in front of `@`.
    pub mailbox: Option<&'a [u8]>,
    /// What stands behind `@`.
    pub host: Option<&'a [u8]>,
}

impl fmt::Debug for AddressRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Address");
        shown.field("name", &self.name.map(Shown)).field("route", &self.route.map(Shown));
        shown.field("mailbox", &self.mailbox.map(Shown)).field("host", &self.host.map(Shown)).finish()
    }
}

/// What an [`Envelope`] is made from, field by field, where it does not come from a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvelopeFields {
    /// `Date`
    pub date: Option<Text>,
    /// `Subject`
    pub subject: Option<Text>,
    /// `From`
    pub from: AddressList,
    /// `Sender`; servers fill it from `From` when it is missing.
    pub sender: AddressList,
    /// `Reply-To`; servers fill it from `From` when it is missing.
    pub reply_to: AddressList,
    /// `To`
    pub to: AddressList,
    /// `Cc`
    pub cc: AddressList,
    /// `Bcc`
    pub bcc: AddressList,
    /// `In-Reply-To`
    pub in_reply_to: Option<Text>,
    /// `Message-ID`
    pub message_id: Option<Text>,
}

/// The addresses of one header field; empty when the field is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressList(Vec<Address>);

impl From<Vec<Address>> for AddressList {
    fn from(addresses: Vec<Address>) -> Self {
        Self(addresses)
    }
}

impl Deref for AddressList {
    type Target = [Address];

    fn deref(&self) -> &[Address] {
        &self.0
    }
}

/// One address of [`EnvelopeFields`]; [`AddressRef`] says what its fields are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The display name.
    pub name: Option<Text>,
    /// The source route, long obsolete.
    pub route: Option<Text>,
    /// What stands in front of `@`.
    pub mailbox: Option<Text>,
    /// What stands behind `@`.
    pub host: Option<Text>,
}

/// An envelope in the making.
///
/// Its texts lie in one stretch of a response, or, where they do not stand there as they are, in a buffer that is put
/// behind that stretch at the end. Until then the spans of the latter are marked by [`MADE`].
pub(crate) struct EnvelopeDraft {
    envelope: Envelope,
    /// Where the stretch begins, in octets of the response.
    base: usize,
    made: Vec<u8>,
    /// Whether there are marked spans; their texts may all be empty.
    copied: bool,
}

const MADE: u32 = 1 << 31;

/// The stretch and what is put behind it are each no longer than this, so that their sum is no [`MADE`] span.
const LONGEST: usize = Span::REACH;

impl EnvelopeDraft {
    pub(crate) fn new(base: usize) -> Self {
        Self { envelope: Envelope::default(), base, made: Vec::new(), copied: false }
    }

    /// Where the envelope begins in the response.
    pub(crate) fn base(&self) -> usize {
        self.base
    }

    /// A text that stands in the response; `None` too far behind the beginning.
    pub(crate) fn here(&self, range: Range<usize>) -> Option<Span> {
        let (start, len) = (range.start.checked_sub(self.base)?, range.end.checked_sub(range.start)?);
        if start + len > LONGEST {
            return None;
        }
        Some(Span { start: u32::try_from(start).ok()?, len: u32::try_from(len).ok()? })
    }

    /// A text that is copied; `None` if there is too much.
    pub(crate) fn made(&mut self, octets: &[u8]) -> Option<Span> {
        let start = self.made.len();
        if octets.len() > LONGEST - start {
            return None;
        }
        self.made.extend_from_slice(octets);
        self.copied = true;
        Some(Span { start: u32::try_from(start).ok()? | MADE, len: u32::try_from(octets.len()).ok()? })
    }

    pub(crate) fn set_text(&mut self, field: TextField, span: Span) {
        self.envelope.texts[field as usize] = span;
    }

    /// To the list that is ended next.
    pub(crate) fn push_address(&mut self, address: [Span; 4]) {
        let addresses = &mut self.envelope.addresses;
        if addresses.capacity() == 0 {
            addresses.reserve_exact(Envelope::ADDRESSES);
        }
        addresses.push(address);
    }

    /// Lists are ended in their order.
    pub(crate) fn end_list(&mut self, field: ListField) {
        let end = u32::try_from(self.envelope.addresses.len()).unwrap_or(u32::MAX);
        self.envelope.ends[field as usize..].fill(end);
    }

    /// `stretch` is what stands in the response from `base` on.
    pub(crate) fn finish(self, stretch: Bytes) -> Envelope {
        let Self { mut envelope, made, copied, .. } = self;
        if !copied {
            envelope.octets = stretch;
            return envelope;
        }
        let behind = u32::try_from(stretch.len().min(LONGEST)).unwrap_or(0);
        let stretch = &stretch[..behind as usize];
        for span in envelope.texts.iter_mut().chain(envelope.addresses.as_flattened_mut()) {
            if span.is_made() {
                span.start = (span.start & !MADE) + behind;
            }
        }
        envelope.octets = [stretch, &made].concat().into();
        envelope
    }
}

impl Span {
    const NIL: Self = Self { start: u32::MAX, len: 0 };

    /// No text ends behind so many octets.
    pub(crate) const REACH: usize = 1 << 30;

    /// A text that ends within [`Span::REACH`].
    #[inline(always)]
    pub(crate) const fn new(start: usize, len: usize) -> Self {
        debug_assert!(start + len <= Self::REACH);
        Self { start: start as u32, len: len as u32 }
    }

    fn is_made(self) -> bool {
        self.start != u32::MAX && self.start & MADE != 0
    }

    fn of(self, octets: &[u8]) -> Option<&[u8]> {
        let start = self.start as usize;
        octets.get(start..start.checked_add(self.len as usize)?)
    }
}

impl Default for Span {
    fn default() -> Self {
        Self::NIL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> EnvelopeFields {
        let address = |name: Option<&str>, mailbox: &str| Address {
            name: name.map(Text::from),
            route: None,
            mailbox: Some(mailbox.into()),
            host: Some("".into()),
        };
        EnvelopeFields {
            subject: Some("s".into()),
            from: vec![address(Some("A"), "a")].into(),
            cc: vec![address(None, "c"), address(Some(""), "d")].into(),
            message_id: Some("".into()),
            ..EnvelopeFields::default()
        }
    }

    #[test]
    fn what_goes_in_comes_out() {
        let envelope = Envelope::new(sample());
        assert_eq!((envelope.date(), envelope.subject()), (None, Some(&b"s"[..])));
        assert_eq!((envelope.in_reply_to(), envelope.message_id()), (None, Some(&b""[..])));
        let lengths = envelope.lists().map(|list| list.len());
        assert_eq!(lengths, [1, 0, 0, 0, 2, 0]);
        assert!(envelope.to().is_empty());
        let from = envelope.from().next().unwrap();
        assert_eq!((from.name, from.route, from.mailbox), (Some(&b"A"[..]), None, Some(&b"a"[..])));
        let cc: Vec<_> = envelope.cc().map(|address| (address.name, address.mailbox, address.host)).collect();
        assert_eq!(cc[0], (None, Some(&b"c"[..]), Some(&b""[..])));
        assert_eq!(cc[1], (Some(&b""[..]), Some(&b"d"[..]), Some(&b""[..])));
        assert!(format!("{envelope:?}").contains("subject: Some(\"s\")"), "{envelope:?}");
    }

    #[test]
    fn where_a_text_lies_makes_no_difference() {
        let octets = Bytes::from_static(b"??s A a c d");
        let mut draft = EnvelopeDraft::new(2);
        let subject = draft.here(2..3).unwrap();
        let name = draft.made(b"A").unwrap();
        let empty = draft.made(b"").unwrap();
        let (a, c, d) = (draft.here(6..7).unwrap(), draft.here(8..9).unwrap(), draft.here(10..11).unwrap());
        draft.set_text(TextField::Subject, subject);
        draft.push_address([name, Span::NIL, a, empty]);
        draft.end_list(ListField::From);
        draft.end_list(ListField::Sender);
        draft.push_address([Span::NIL, Span::NIL, c, empty]);
        draft.push_address([empty, Span::NIL, d, empty]);
        draft.end_list(ListField::Cc);
        draft.set_text(TextField::MessageId, empty);
        let envelope = draft.finish(octets.slice(2..));
        assert_eq!(envelope, Envelope::new(sample()));
        assert_eq!(envelope.detached(), envelope);
        let other = EnvelopeFields { message_id: None, ..sample() };
        assert_ne!(envelope, Envelope::new(other));
        let other = EnvelopeFields { cc: Vec::new().into(), to: sample().cc, ..sample() };
        assert_ne!(envelope, Envelope::new(other));
    }

    #[test]
    fn what_is_too_far_away_is_no_text() {
        let draft = EnvelopeDraft::new(10);
        assert!(draft.here(10..LONGEST + 10).is_some());
        assert!(draft.here(10..LONGEST + 11).is_none());
        assert!(draft.here(5..8).is_none());
    }
}
