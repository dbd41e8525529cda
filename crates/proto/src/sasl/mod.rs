//! The client's side of SASL mechanisms (RFC 4422), without I/O, clocks or randomness.
//!
//! [`Mechanism::ranked`] says what can be used, strongest first; [`Exchange::begin`] starts one of them. What the
//! server then sends goes through [`Exchange::step`], its OK through [`Exchange::finish`], which is where a server that
//! was to prove itself and has not is found out. PBKDF2, which takes long, is a [`Derivation`] of its own:
//!
//! ```
//! use tayori_proto::sasl::{Circumstances, Credentials, Exchange, Identity, Mechanism, Nonce};
//! use tayori_proto::types::{Capabilities, Capability, Secret};
//!
//! let offered: Capabilities = [Capability::try_from("AUTH=PLAIN")?].into_iter().collect();
//! let credentials = Credentials::password(Identity::new("tim")?, Secret::new("tanstaaftanstaaf")?);
//! assert_eq!(Mechanism::ranked(&offered, &credentials, None)[0], Mechanism::Plain);
//!
//! // The octets are to come from the system's generator, anew for each exchange.
//! let circumstances = Circumstances::new(&offered, "imap.example.org", 993, Nonce::from_random([7; 24]));
//! let (initial, exchange) = Exchange::begin(Mechanism::Plain, &credentials, circumstances)?;
//! assert_eq!(initial.expect("PLAIN has one").expose(), b"\0tim\0tanstaaftanstaaf");
//! // ... it is sent, and the server answers with a tagged OK:
//! assert_eq!(exchange.finish()?.mechanism(), Mechanism::Plain);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![doc = include_str!("../../docs/sasl.md")]

mod anonymous;
mod circumstances;
mod cram_md5;
mod credentials;
mod digest_md5;
mod error;
mod exchange;
mod external;
mod hash;
mod login;
mod mechanism;
mod oauth;
mod plain;
mod prepare;
mod refusal;
mod scram;
#[cfg(test)]
mod testing;
mod trace;

pub use circumstances::{ChannelBinding, Circumstances, Nonce};
pub use credentials::{Credentials, Identity, IdentityError};
pub use error::{Bound, Breach, Doubt, Fault, Problem, SaslError, Unusable};
pub use exchange::{Derivation, Exchange, Step, Verified};
pub use mechanism::{Mechanism, Strength};
pub use oauth::OAuthRefusal;
pub use refusal::Refusal;
pub use scram::{ScramHash, ScramRefusal};
pub use trace::{Trace, TraceError};
