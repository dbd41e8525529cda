use super::{OAuthRefusal, ScramRefusal};

/// The server says no within the mechanism, and why. Its words are to be escaped before they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// By `e=` of SCRAM.
    Scram(ScramRefusal),
    /// By the JSON of OAUTHBEARER and XOAUTH2.
    OAuth(OAuthRefusal),
}
