//! Mail made by rule, the same every time.

mod big_mail;
mod random;

pub(crate) use big_mail::{BigMail, expect_same};
