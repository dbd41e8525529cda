use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $plain:ty, $max:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            /// The smallest value, 1.
            pub const MIN: Self = Self(<$inner>::MIN);

            /// The value, unless it is out of range (0 always is).
            pub const fn new(value: $plain) -> Option<Self> {
                if value > $max {
                    return None;
                }
                match <$inner>::new(value) {
                    Some(value) => Some(Self(value)),
                    None => None,
                }
            }

            /// The plain number.
            pub const fn value(self) -> $plain {
                self.0.get()
            }
        }

        impl TryFrom<$plain> for $name {
            type Error = OutOfRange;

            fn try_from(value: $plain) -> Result<Self, OutOfRange> {
                Self::new(value).ok_or(OutOfRange { what: stringify!($name), value: value.into() })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

number! {
    /// A unique identifier of a message in its mailbox (RFC 9051 section 2.3.1.1).
    Uid, NonZeroU32, u32, u32::MAX
}
number! {
    /// The position of a message in its mailbox, from 1 (RFC 9051 section 2.3.1.2).
    SeqNum, NonZeroU32, u32, u32::MAX
}
number! {
    /// The unique identifier validity value of a mailbox (RFC 9051 section 2.3.1.1).
    UidValidity, NonZeroU32, u32, u32::MAX
}
number! {
    /// A modification sequence, 1 to 2^63-1 (RFC 7162 section 3.1.1).
    ModSeq, NonZeroU64, u64, i64::MAX as u64
}

impl Uid {
    /// The largest UID. `n:4294967295` asks for all from `n`; `n:*` would return an old message when none is new.
    pub const MAX: Self = Self(NonZeroU32::MAX);
}

impl SeqNum {
    /// The largest number.
    pub const MAX: Self = Self(NonZeroU32::MAX);
}

impl ModSeq {
    /// The largest mod-sequence, 2^63-1.
    pub const MAX: Self = match Self::new(i64::MAX as u64) {
        Some(max) => max,
        None => Self::MIN,
    };
}

/// A number that its type cannot hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value} is out of range for {what}")]
pub struct OutOfRange {
    /// The type.
    pub what: &'static str,
    /// The number.
    pub value: u64,
}
