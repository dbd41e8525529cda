//! What the client says first, and what it makes of the answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{ScramHash, ScramRefusal, Work, message};
use crate::sasl::prepare::{Use, saslprep};
use crate::sasl::{ChannelBinding, Credentials, Nonce, Problem, Unusable, credentials};
use crate::types::SaslMessage;

/// `gs2-cbind-flag` (RFC 5802 section 6), and what is bound to.
#[derive(Clone, Copy, Debug)]
pub(in crate::sasl) enum Binding<'a> {
    /// `n`: the client could not bind.
    Impossible,
    /// `y`: it could, and the server does not offer it. If the server did, it fails the exchange: its offer was changed
    /// on the way.
    NotOffered,
    /// `p`: it does.
    To(&'a ChannelBinding),
}

/// Says who wants to log in: `client-first-message` (RFC 5802 section 7).
pub(in crate::sasl) fn begin(
    hash: ScramHash,
    credentials: &Credentials,
    binding: Binding<'_>,
    nonce: Nonce,
) -> Result<(SaslMessage, Asked), Problem> {
    let Prepared { user, password, act_as } = prepare(credentials)?;
    let flag = match binding {
        Binding::Impossible => "n".to_owned(),
        Binding::NotOffered => "y".to_owned(),
        Binding::To(channel) => format!("p={}", channel.name()),
    };
    let act_as = act_as.map_or_else(String::new, |name| format!("a={}", sasl_name(name)));
    let header = format!("{flag},{act_as},");
    let bare = format!("n={},r={}", sasl_name(&user), nonce.as_str());
    let message = SaslMessage::new([header.as_bytes(), bare.as_bytes()].concat());
    let mut bound = header.into_bytes();
    if let Binding::To(channel) = binding {
        bound.extend_from_slice(channel.data());
    }
    Ok((message, Asked { hash, password, bound, bare, nonce }))
}

/// Whether these credentials can be used.
pub(in crate::sasl) fn fits(credentials: &Credentials) -> Result<(), Problem> {
    prepare(credentials).map(drop)
}

/// What waits for the server's salt.
pub(in crate::sasl) struct Asked {
    hash: ScramHash,
    password: Zeroizing<String>,
    /// `cbind-input`: what was said of binding, and what is bound to.
    bound: Vec<u8>,
    /// `client-first-message-bare`
    bare: String,
    nonce: Nonce,
}

impl Asked {
    /// Reads `server-first-message`: there is work, or the server refuses.
    pub(in crate::sasl) fn answer(self, challenge: &[u8]) -> Result<Result<Work, ScramRefusal>, Problem> {
        let (nonce, salt, iterations) = match message::server_first(challenge, self.nonce.as_str())? {
            message::First::Salted { nonce, salt, iterations } => (nonce, salt, iterations),
            message::First::Refused(refusal) => return Ok(Err(refusal)),
        };
        let without_proof = format!("c={},r={nonce}", STANDARD.encode(&self.bound));
        let signed = [self.bare.as_bytes(), challenge, without_proof.as_bytes()].join(&b',');
        Ok(Ok(Work { hash: self.hash, password: self.password, salt, iterations, signed, without_proof }))
    }
}

struct Prepared<'a> {
    user: Zeroizing<String>,
    password: Zeroizing<String>,
    act_as: Option<&'a str>,
}

/// The name as a query and the password as a stored string, by SASLprep (RFC 5802 sections 5.1 and 2.2). As whom to act
/// is for IMAP to prepare, which does nothing of the kind (RFC 9051 section 6.2.2).
fn prepare(credentials: &Credentials) -> Result<Prepared<'_>, Problem> {
    let (user, password, act_as) = credentials.with_password()?;
    let user = saslprep(user.as_str(), Use::Query).ok().filter(|user| !user.is_empty());
    let user = user.ok_or(Unusable::UserNotPrepared)?;
    let password =
        saslprep(credentials::utf8(password)?, Use::Stored).ok().filter(|password| !password.is_empty());
    let password = password.ok_or(Unusable::PasswordNotPrepared)?;
    Ok(Prepared { user, password, act_as: act_as.map(|identity| identity.as_str()) })
}

/// `saslname = 1*(value-safe-char / "=2C" / "=3D")`: a comma ends a value.
pub(in crate::sasl) fn sasl_name(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}
