//! Mail made by rule, the same every time.

mod big_mail;
mod mailbox;
mod mixed_mail;
mod random;

pub(crate) use big_mail::{BigMail, expect_same};
pub(crate) use mailbox::Mailbox;
