//! What a server says in SCRAM.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ScramRefusal;
use crate::limits::{SCRAM_ITERATIONS_LEAST, SCRAM_ITERATIONS_MOST, SCRAM_SALT_OCTETS};
use crate::sasl::{Bound, Breach, Problem};

/// The server's answer to the client's first message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum First<'a> {
    /// What the client has to work with.
    Salted {
        /// Both nonces, the client's first.
        nonce: &'a str,
        salt: Vec<u8>,
        /// Within its bounds.
        iterations: u32,
    },
    /// No. The grammar has this for the last message only; servers that do not know the user say it at once.
    Refused(ScramRefusal),
}

/// `server-first-message = [reserved-mext ","] nonce "," salt "," iteration-count ["," extensions]` (RFC 5802 section
/// 7)
///
/// The nonce must begin with the client's and go on (RFC 5802 section 5.1): else somebody plays an old exchange again.
pub(super) fn server_first<'a>(challenge: &'a [u8], own_nonce: &str) -> Result<First<'a>, Problem> {
    let mut attributes = Attributes::new(challenge)?;
    if let Some(refusal) = attributes.refusal()? {
        return Ok(First::Refused(refusal));
    }
    let (nonce, at) = attributes.expect('r', "r=")?;
    if nonce.bytes().any(|octet| !octet.is_ascii_graphic()) {
        return Err(Breach::Expected { what: "a nonce", at }.into());
    }
    if nonce.strip_prefix(own_nonce).is_none_or(str::is_empty) {
        return Err(Breach::Nonce.into());
    }
    let (salt, at) = attributes.expect('s', "s=")?;
    let salt = octets(salt, at)?;
    if salt.is_empty() {
        return Err(Breach::Expected { what: "a salt", at }.into());
    }
    if salt.len() > SCRAM_SALT_OCTETS {
        return Err(Bound::Salt { octets: salt.len(), most: SCRAM_SALT_OCTETS }.into());
    }
    let (iterations, at) = attributes.expect('i', "i=")?;
    let iterations = iterations_within_bounds(iterations, at)?;
    attributes.pass_extensions()?;
    Ok(First::Salted { nonce, salt, iterations })
}

/// `posit-number = %x31-39 *DIGIT`, within bounds.
fn iterations_within_bounds(digits: &str, at: usize) -> Result<u32, Problem> {
    if digits.is_empty() || digits.starts_with('0') || digits.bytes().any(|octet| !octet.is_ascii_digit()) {
        return Err(Breach::Expected { what: "a positive number", at }.into());
    }
    // What does not fit into 64 bits is as far beyond the bound as the largest that does.
    let asked = digits.parse::<u64>().unwrap_or(u64::MAX);
    match u32::try_from(asked) {
        Ok(few) if few < SCRAM_ITERATIONS_LEAST => {
            Err(Bound::FewIterations { asked: few, least: SCRAM_ITERATIONS_LEAST }.into())
        }
        Ok(iterations) if iterations <= SCRAM_ITERATIONS_MOST => Ok(iterations),
        _ => Err(Bound::ManyIterations { asked, most: SCRAM_ITERATIONS_MOST }.into()),
    }
}

/// The server's last message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Final {
    /// What it proves itself by.
    Signature(Vec<u8>),
    /// No.
    Refused(ScramRefusal),
}

/// `server-final-message = (server-error / verifier) ["," extensions]` (RFC 5802 section 7)
pub(super) fn server_final(challenge: &[u8]) -> Result<Final, Problem> {
    let mut attributes = Attributes::new(challenge)?;
    if let Some(refusal) = attributes.refusal()? {
        return Ok(Final::Refused(refusal));
    }
    let (signature, at) = attributes.expect('v', "v=")?;
    let signature = octets(signature, at)?;
    attributes.pass_extensions()?;
    Ok(Final::Signature(signature))
}

fn octets(base64: &str, at: usize) -> Result<Vec<u8>, Breach> {
    STANDARD.decode(base64).map_err(|_| Breach::Expected { what: "base64", at })
}

/// `attr-val = ALPHA "=" value`, with commas in between (RFC 5802 section 7).
struct Attributes<'a> {
    rest: Option<&'a str>,
    /// Where `rest` begins, in octets.
    at: usize,
}

impl<'a> Attributes<'a> {
    fn new(challenge: &'a [u8]) -> Result<Self, Breach> {
        let text = std::str::from_utf8(challenge)
            .map_err(|error| Breach::Expected { what: "UTF-8", at: error.valid_up_to() })?;
        match text.find('\0') {
            Some(at) => Err(Breach::Expected { what: "a value", at }),
            None => Ok(Self { rest: Some(text), at: 0 }),
        }
    }

    /// The next attribute: its letter, its value, and where the value begins.
    fn next(&mut self) -> Result<Option<(char, &'a str, usize)>, Breach> {
        let Some(rest) = self.rest else { return Ok(None) };
        let start = self.at;
        let (attribute, after) = match rest.split_once(',') {
            Some((attribute, after)) => (attribute, Some(after)),
            None => (rest, None),
        };
        self.rest = after;
        self.at += attribute.len() + 1;
        let letter = attribute.chars().next().filter(char::is_ascii_alphabetic);
        let letter = letter.ok_or(Breach::Expected { what: "an attribute", at: start })?;
        let value = attribute[1..].strip_prefix('=');
        let value = value.ok_or(Breach::Expected { what: "=", at: start + 1 })?;
        match letter {
            // It says: do not go on unless you know what this means.
            'm' => Err(Breach::MandatoryExtension),
            _ => Ok(Some((letter, value, start + 2))),
        }
    }

    fn expect(&mut self, letter: char, what: &'static str) -> Result<(&'a str, usize), Breach> {
        let start = self.at;
        match self.next()? {
            Some((found, value, at)) if found == letter => Ok((value, at)),
            _ => Err(Breach::Expected { what, at: start }),
        }
    }

    /// The whole message, if it is a refusal.
    fn refusal(&mut self) -> Result<Option<ScramRefusal>, Breach> {
        if !self.rest.is_some_and(|rest| rest.starts_with("e=")) {
            return Ok(None);
        }
        let (value, at) = self.expect('e', "e=")?;
        if value.is_empty() {
            return Err(Breach::Expected { what: "a reason", at });
        }
        self.pass_extensions()?;
        Ok(Some(ScramRefusal::from_value(value)))
    }

    /// Extensions that may be ignored are. What has a place of its own, and stands here, is there twice or in disorder,
    /// and who reads the first and who reads the last would not agree.
    fn pass_extensions(&mut self) -> Result<(), Breach> {
        while let Some((letter, value, at)) = self.next()? {
            let what = match letter {
                'a' => "a=",
                'n' => "n=",
                'r' => "r=",
                'c' => "c=",
                's' => "s=",
                'i' => "i=",
                'p' => "p=",
                'v' => "v=",
                'e' => "e=",
                _ if value.is_empty() => return Err(Breach::Expected { what: "a value", at }),
                _ => continue,
            };
            return Err(Breach::Repeated { what });
        }
        Ok(())
    }
}
