use std::cmp::Ordering;

use tayori_proto::command::{SortCriterion, SortKey, SortOrder};
use tayori_proto::types::{Envelope, InternalDate, NonEmpty};

use super::{BaseSubject, first_mailbox, first_shown, sent};

/// Sorts messages as SORT does (RFC 5256 section 3, RFC 5957 section 4).
///
/// ```
/// use tayori_mime::order::{SortBasis, Sorter};
/// use tayori_proto::command::{SortCriterion, SortKey, SortOrder};
/// use tayori_proto::types::{Envelope, InternalDate, NonEmpty};
///
/// let largest_first = SortCriterion { key: SortKey::Size, order: SortOrder::Descending };
/// let sorter = Sorter::new(&NonEmpty::one(largest_first)).expect("the key is known");
/// let arrived = InternalDate::parse(b"17-Jul-1996 02:44:25 -0700").unwrap();
/// let mut messages: Vec<_> = [(1, 20), (2, 500), (3, 20)]
///     .map(|(number, size)| (sorter.values(&SortBasis { envelope: &Envelope::default(), arrived, size }), number))
///     .into();
/// sorter.sort(&mut messages);
/// assert_eq!(messages.into_iter().map(|(_, number)| number).collect::<Vec<_>>(), [2, 1, 3]);
/// ```
#[derive(Clone, Debug)]
pub struct Sorter {
    /// Each key once: a second time it decides nothing.
    criteria: Vec<SortCriterion>,
}

/// What is known of a message that is to be sorted.
#[derive(Clone, Copy, Debug)]
pub struct SortBasis<'a> {
    /// Its envelope; an empty one will do where [`Sorter::needs_envelope`] says that it is not looked at.
    pub envelope: &'a Envelope,
    /// When it arrived: `INTERNALDATE`.
    pub arrived: InternalDate,
    /// Its octets: `RFC822.SIZE`.
    pub size: u64,
}

/// What one message is compared by, for the criteria of one [`Sorter`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortValues(Vec<Value>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Text(String),
    Number(i64),
}

impl Sorter {
    /// By these criteria, the first before the others; `None` where one of the keys is not known here.
    pub fn new(criteria: &NonEmpty<SortCriterion>) -> Option<Self> {
        let mut kept: Vec<SortCriterion> = Vec::new();
        for criterion in criteria.iter() {
            if !is_known(criterion.key) {
                return None;
            }
            // So few different ones that looking through them costs nothing.
            if !kept.iter().any(|known| known.key == criterion.key) {
                kept.push(*criterion);
            }
        }
        Some(Self { criteria: kept })
    }

    /// Whether a criterion looks at the envelope.
    pub fn needs_envelope(&self) -> bool {
        self.criteria.iter().any(|criterion| !matches!(criterion.key, SortKey::Arrival | SortKey::Size))
    }

    /// What a message is compared by.
    pub fn values(&self, basis: &SortBasis<'_>) -> SortValues {
        SortValues(self.criteria.iter().map(|criterion| value(basis, criterion.key)).collect())
    }

    /// Puts messages in order. Those that are equal in all criteria stand in the order of `T`, which has to be that of
    /// the mailbox: a sequence number or a UID (RFC 5256 section 3).
    pub fn sort<T: Ord>(&self, messages: &mut [(SortValues, T)]) {
        messages.sort_by(|one, other| self.compare(&one.0, &other.0).then_with(|| one.1.cmp(&other.1)));
    }

    fn compare(&self, one: &SortValues, other: &SortValues) -> Ordering {
        let values = one.0.iter().zip(&other.0);
        let orders =
            self.criteria.iter().zip(values).map(|(criterion, (one, other))| match criterion.order {
                SortOrder::Ascending => one.cmp(other),
                SortOrder::Descending => other.cmp(one),
            });
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

const fn is_known(key: SortKey) -> bool {
    matches!(
        key,
        SortKey::Arrival
            | SortKey::Cc
            | SortKey::Date
            | SortKey::DisplayFrom
            | SortKey::DisplayTo
            | SortKey::From
            | SortKey::Size
            | SortKey::Subject
            | SortKey::To
    )
}

fn value(basis: &SortBasis<'_>, key: SortKey) -> Value {
    let SortBasis { envelope, arrived, size } = *basis;
    match key {
        SortKey::Arrival => Value::Number(arrived.unix_seconds()),
        SortKey::Size => Value::Number(i64::try_from(size).unwrap_or(i64::MAX)),
        SortKey::Date => Value::Number(sent(envelope, arrived).unix_seconds()),
        SortKey::Cc => Value::Text(first_mailbox(envelope.cc())),
        SortKey::From => Value::Text(first_mailbox(envelope.from())),
        SortKey::To => Value::Text(first_mailbox(envelope.to())),
        SortKey::DisplayFrom => Value::Text(first_shown(envelope.from())),
        SortKey::DisplayTo => Value::Text(first_shown(envelope.to())),
        SortKey::Subject => Value::Text(BaseSubject::of(envelope.subject()).into_text()),
        // None gets here (`is_known`).
        _ => Value::Text(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use tayori_proto::types::{Address, EnvelopeFields, Text};

    use super::*;

    /// From, To, Subject, Date, arrival, size.
    const MESSAGES: [(&str, &str, &str, &str, &str, u64); 4] = [
        ("Zoe <ann@x>", "b@x", "Re: lunch", "2 Jan 2020 10:00:00 +0000", " 3-Jan-2020 00:00:00 +0000", 30),
        ("ben@x", "Änn <z@x>", "Apples", "1 Jan 2020 10:00:00 +0000", " 5-Jan-2020 00:00:00 +0000", 10),
        ("Carl <zoe@x>", "c@x", "LUNCH", "2 Jan 2020 09:00:00 -0100", " 1-Jan-2020 00:00:00 +0000", 20),
        ("ann@x", "c@x", "zebras", "", " 2-Jan-2020 10:00:00 +0000", 10),
    ];

    fn address(text: &str) -> Address {
        let (name, rest) = text.rsplit_once(" <").map_or((None, text), |(name, rest)| (Some(name), rest));
        let (mailbox, host) = rest.trim_end_matches('>').split_once('@').unwrap();
        let text = |part: &str| Some(Text::from(part.as_bytes().to_vec()));
        Address { name: name.and_then(text), route: None, mailbox: text(mailbox), host: text(host) }
    }

    fn envelope(from: &str, to: &str, subject: &str, date: &str) -> Envelope {
        let text = |part: &str| (!part.is_empty()).then(|| Text::from(part.as_bytes().to_vec()));
        Envelope::new(EnvelopeFields {
            date: text(date),
            subject: text(subject),
            from: vec![address(from)].into(),
            to: vec![address(to)].into(),
            ..EnvelopeFields::default()
        })
    }

    #[track_caller]
    fn check(criteria: &[(SortKey, SortOrder)], expected: [usize; 4]) {
        let criteria: Vec<_> =
            criteria.iter().map(|(key, order)| SortCriterion { key: *key, order: *order }).collect();
        let shown = format!("{criteria:?}");
        let sorter = Sorter::new(&NonEmpty::try_from(criteria).unwrap()).unwrap();
        let mut messages: Vec<_> = MESSAGES
            .iter()
            .enumerate()
            .map(|(index, (from, to, subject, date, arrived, size))| {
                let arrived = InternalDate::parse(arrived.as_bytes()).unwrap();
                let full = envelope(from, to, subject, date);
                let envelope = if sorter.needs_envelope() { full } else { Envelope::default() };
                (sorter.values(&SortBasis { envelope: &envelope, arrived, size: *size }), index + 1)
            })
            .collect();
        // However they come.
        messages.reverse();
        sorter.sort(&mut messages);
        assert_eq!(messages.iter().map(|(_, number)| *number).collect::<Vec<_>>(), expected, "{shown}");
    }

    #[test]
    fn each_key_has_its_order() {
        use SortKey::{Arrival, Cc, Date, DisplayFrom, DisplayTo, From, Size, Subject, To};
        use SortOrder::{Ascending, Descending};
        check(&[(Arrival, Ascending)], [3, 4, 1, 2]);
        check(&[(Cc, Ascending)], [1, 2, 3, 4]);
        check(&[(Date, Ascending)], [2, 1, 3, 4]);
        check(&[(Date, Descending)], [1, 3, 4, 2]);
        check(&[(From, Ascending)], [1, 4, 2, 3]);
        check(&[(DisplayFrom, Ascending)], [4, 2, 3, 1]);
        check(&[(To, Ascending)], [1, 3, 4, 2]);
        // Which is not ASCII: it is decomposed, so that it stands among the letters that it is made of.
        check(&[(DisplayTo, Ascending)], [2, 1, 3, 4]);
        check(&[(Size, Ascending)], [2, 4, 3, 1]);
        check(&[(Size, Descending)], [1, 3, 2, 4]);
        check(&[(Subject, Ascending)], [2, 1, 3, 4]);
        check(&[(Subject, Descending)], [4, 1, 3, 2]);
        check(&[(Subject, Ascending), (Size, Ascending)], [2, 3, 1, 4]);
        // A second time the same key decides nothing.
        check(&[(Size, Descending), (Size, Ascending), (From, Descending)], [1, 3, 2, 4]);
    }
}
