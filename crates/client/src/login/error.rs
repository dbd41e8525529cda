use tayori_proto::response::ResponseCode;
use tayori_proto::sasl::{self, Doubt, Mechanism, Problem, Refusal, SaslError};
use tayori_proto::types::{Capabilities, Capability, Text};

use super::{GssapiError, LoginMethod};
use crate::error::Fault;

/// Why there is no login, where the server did not simply say NO ([`crate::Error::Refused`]).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// Of what the server offers, nothing fits these credentials and this connection. Nothing was sent of them.
    #[error("the server offers no way to log in that can be used here; it offers {}", listed(offered))]
    NoMechanism {
        /// The names of its mechanisms, as it wrote them.
        offered: Vec<String>,
        /// Whether it has said `LOGINDISABLED`.
        login_disabled: bool,
        /// What these credentials could be used with here, strongest first.
        usable: Vec<Mechanism>,
    },
    /// The server does not offer what was asked for by name. Nothing was sent of the credentials.
    #[error("the server does not offer {named}; it offers {}", listed(offered))]
    NotOffered {
        /// What was asked for.
        named: LoginMethod,
        /// The names of its mechanisms, as it wrote them.
        offered: Vec<String>,
        /// Whether it has said `LOGINDISABLED`.
        login_disabled: bool,
    },
    /// All that can be used is weaker than what is wanted. Nothing was sent of the credentials.
    #[error(
        "{offered} is the strongest that can be used, and weaker than {floor}, which is the least that may be"
    )]
    TooWeak {
        /// The least that may be used.
        floor: LoginMethod,
        /// The strongest that could be.
        offered: LoginMethod,
    },
    /// All that can be used is weaker than what the account has logged in with before. Nothing was sent of the
    /// credentials.
    #[error("{offered} is the strongest that can be used, and weaker than {pinned}, which was used before")]
    WeakerThanPinned {
        /// What was used before.
        pinned: LoginMethod,
        /// The strongest that could be used now.
        offered: LoginMethod,
    },
    /// The secret would be shown to everybody on the way. It was not sent.
    #[error("{method} would show the secret to everybody on the way, since there is no TLS")]
    ClearText {
        /// What would have shown it.
        method: LoginMethod,
    },
    /// The server went against the mechanism, or these credentials do not fit it.
    #[error(transparent)]
    Sasl(#[from] SaslError),
    /// There is no ticket to log in with, or something is wrong with what the library or the server makes of it.
    #[error("GSSAPI: {0}")]
    Gssapi(#[from] GssapiError),
    /// The server refused within the mechanism, and then with NO or BAD.
    #[error("the server refused the login with {mechanism}")]
    Refused {
        /// What was tried.
        mechanism: Mechanism,
        /// What it said within the mechanism. Words in it are the server's, to be shown escaped.
        refusal: Box<Refusal>,
        /// The response code behind it.
        code: Option<Box<ResponseCode>>,
        /// Its words behind it, to be shown escaped and as a quotation.
        text: Text,
    },
    /// The server refused within the mechanism, and then said OK: nobody is logged in.
    #[error("the server refused the login with {mechanism}, and then said OK to it")]
    OkAfterRefusal {
        /// What was tried.
        mechanism: Mechanism,
        /// What it said within the mechanism.
        refusal: Box<Refusal>,
    },
    /// The system has no random numbers to give, so that nothing could be made unlike everything before.
    #[error("this system gives no random numbers")]
    NoRandomNumbers,
}

/// Of the mechanisms.
pub(super) fn names(offered: &Capabilities) -> Vec<String> {
    let names = offered.iter().filter_map(|listed| match listed {
        Capability::Auth(name) => Some(String::from_utf8_lossy(name.as_bytes()).into_owned()),
        _ => None,
    });
    names.collect()
}

fn listed(offered: &[String]) -> String {
    if offered.is_empty() { "no mechanism at all".to_owned() } else { offered.join(", ") }
}

impl LoginError {
    pub(crate) fn not_offered(named: LoginMethod, offered: &Capabilities) -> Self {
        let login_disabled = offered.has(&Capability::LoginDisabled);
        Self::NotOffered { named, offered: names(offered), login_disabled }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoMechanism { .. } | Self::NotOffered { .. } | Self::Refused { .. } => Fault::Refused,
            Self::TooWeak { .. } | Self::WeakerThanPinned { .. } => Fault::Trust,
            Self::ClearText { .. } | Self::NoRandomNumbers => Fault::Caller,
            Self::OkAfterRefusal { .. } => Fault::Protocol,
            Self::Gssapi(error) => error.fault(),
            Self::Sasl(error) => match error.fault() {
                sasl::Fault::Peer | sasl::Fault::Bound => Fault::Protocol,
                sasl::Fault::Impostor => Fault::Trust,
                sasl::Fault::Credentials => Fault::Caller,
            },
        }
    }

    /// Whether the server was to prove that it knows the password, or who it is, and said OK or went on without that.
    pub fn is_missing_proof(&self) -> bool {
        match self {
            Self::Sasl(error) => {
                matches!(error.problem, Problem::Impostor(Doubt::Unproved | Doubt::WrongProof))
            }
            Self::Gssapi(error) => error.is_missing_proof(),
            _ => false,
        }
    }
}
