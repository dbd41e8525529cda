//! The system's library, by way of `libgssapi`. All that can block is in [`begin`].

use std::thread;

use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::{Error, MajorFlags};
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_HOSTBASED_SERVICE, OidSet};
use tayori_proto::sasl::Identity;
use tayori_proto::types::SaslMessage;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::steps::{Context, Established, GssapiSteps};
use super::{GssapiError, LibraryText};
use crate::limits::KERBEROS_TICKET;

/// Gets a ticket for the server, and makes the first token of it.
///
/// It waits for the realm's servers for at most [`KERBEROS_TICKET`], on a thread of its own: the library cannot be told
/// to stop, and the end of the program waits for the threads of the runtime, but not for this one.
pub(in crate::login) async fn begin(
    host: &str,
    act_as: Option<Identity>,
) -> Result<(SaslMessage, GssapiSteps<Kerberos>), GssapiError> {
    let service = service(host)?;
    let (sender, receiver) = oneshot::channel();
    let thread = thread::Builder::new().name("kerberos".to_owned());
    thread
        .spawn(move || {
            // Nobody waits any more after the limit, or when the login was dropped.
            let _ = sender.send(first_token(&service));
        })
        .map_err(|_| GssapiError::NoThread)?;
    match timeout(KERBEROS_TICKET, receiver).await {
        Ok(Ok(begun)) => begun.map(|(token, context)| (token, GssapiSteps::new(context, act_as))),
        // The thread has ended without an answer, which it does only by a panic.
        Ok(Err(_)) => Err(GssapiError::NoThread),
        Err(_) => Err(GssapiError::TimedOut { limit: KERBEROS_TICKET }),
    }
}

/// `service@hostname` (RFC 4752 section 3.1). Without a name, the library would take that of this machine.
fn service(host: &str) -> Result<String, GssapiError> {
    let named = host.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-._:".contains(&octet));
    if host.is_empty() || !named { Err(GssapiError::NoHost) } else { Ok(format!("imap@{host}")) }
}

fn first_token(service: &str) -> Result<(SaslMessage, Kerberos), GssapiError> {
    let local = |error: Error| explain(error, service).unwrap_or_else(|said| GssapiError::Library { said });
    let mechanisms = OidSet::singleton(GSS_MECH_KRB5).map_err(local)?;
    let credential = Cred::acquire(None, None, CredUsage::Initiate, Some(&mechanisms)).map_err(local)?;
    let target = Name::new(service.as_bytes(), Some(GSS_NT_HOSTBASED_SERVICE)).map_err(local)?;
    let context = ClientCtx::new(Some(credential), target, WANTED, Some(GSS_MECH_KRB5));
    let mut kerberos = Kerberos { context, service: service.to_owned() };
    let token = kerberos.context.step(None, None).map_err(local)?;
    // With mutual authentication nothing can stand before the server has spoken.
    match token {
        Some(token) if !kerberos.context.is_complete() => Ok((SaslMessage::new(token.to_vec()), kerberos)),
        _ => Err(GssapiError::NotMutual),
    }
}

/// That both sides prove who they are, that what is said cannot be changed on its way, nor be played again or in
/// another order. Nothing is delegated: the server gets nothing that it could log in with elsewhere.
const WANTED: CtxFlags = CtxFlags::GSS_C_MUTUAL_FLAG
    .union(CtxFlags::GSS_C_INTEG_FLAG)
    .union(CtxFlags::GSS_C_REPLAY_FLAG)
    .union(CtxFlags::GSS_C_SEQUENCE_FLAG);

/// What must have become true of it.
const NEEDED: CtxFlags = CtxFlags::GSS_C_MUTUAL_FLAG.union(CtxFlags::GSS_C_INTEG_FLAG);

/// A context of the library.
pub(in crate::login) struct Kerberos {
    context: ClientCtx,
    service: String,
}

impl Kerberos {
    /// An error about what the server has sent: unless it has said what is wrong, nobody has shown to be the server.
    fn peers(&self, error: Error) -> GssapiError {
        explain(error, &self.service).unwrap_or_else(|said| GssapiError::WrongProof { said })
    }
}

impl Context for Kerberos {
    fn establish(&mut self, token: &[u8]) -> Result<Established, GssapiError> {
        let answer = self.context.step(Some(token), None).map_err(|error| self.peers(error))?;
        let answer = answer.map(|token| token.to_vec());
        if !self.context.is_complete() {
            return Ok(Established::NotYet(answer.unwrap_or_default()));
        }
        // Asked of the library: the flags that the binding keeps have those that were wanted among them.
        let granted = self.context.flags().map_err(|error| self.peers(error))?;
        if !granted.contains(NEEDED) {
            return Err(GssapiError::NotMutual);
        }
        tracing::debug!(service = self.service, ?granted, "a Kerberos context stands");
        Ok(Established::Stands(answer))
    }

    fn unwrap(&mut self, message: &[u8]) -> Result<Vec<u8>, GssapiError> {
        let inner = self.context.unwrap(message).map_err(|error| self.peers(error))?;
        Ok(inner.to_vec())
    }

    fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, GssapiError> {
        let wrapped = self.context.wrap(false, message);
        let wrapped = wrapped.map_err(|error| GssapiError::Library { said: LibraryText::of(&error) })?;
        Ok(wrapped.to_vec())
    }
}

/// The start of the table of errors that Kerberos libraries have in common; what is in it up to 127 are the numbers
/// that servers send.
const TABLE: i32 = -1_765_328_384;

/// The error that this is known to be, or what the library says of it.
///
/// By its numbers. To be called on the thread that got the error: what the library says of it is kept there.
fn explain(error: Error, service: &str) -> Result<GssapiError, LibraryText> {
    let said = LibraryText::of(&error);
    // The second number of an error is signed in every library, and the binding has it as it is in C.
    let number = i64::from(error.minor.cast_signed()) - i64::from(TABLE);
    let routine = |flag: MajorFlags| error.major.bits() & ROUTINE_ERRORS == flag.bits();
    Ok(match number {
        7 => GssapiError::ServerUnknown { service: service.to_owned(), said },
        // Expired, or its server does not take it any more as it is too old.
        32 => GssapiError::TicketExpired { said },
        // Not valid yet; too great a skew.
        33 | 37 => GssapiError::ClockSkew { said },
        // No such realm, no server of it answers, its servers have no addresses.
        NO_REALM | NO_KDC | NO_ADDRESS => GssapiError::RealmUnreachable { said },
        // Nothing in the cache; no cache; not readable.
        NO_CREDENTIALS | NO_CACHE_FILE | NO_CACHE_RIGHTS => GssapiError::NoTicket { said },
        _ if routine(MajorFlags::GSS_S_NO_CRED) => GssapiError::NoTicket { said },
        _ if routine(MajorFlags::GSS_S_CREDENTIALS_EXPIRED) => GssapiError::TicketExpired { said },
        _ => return Err(said),
    })
}

/// Of the first number of an error, which part says what went wrong: not bits, but a number.
const ROUTINE_ERRORS: u32 = 0x00ff_0000;

const NO_CREDENTIALS: i64 = 141;
const NO_REALM: i64 = 154;
const NO_KDC: i64 = 156;
const NO_CACHE_RIGHTS: i64 = 194;
const NO_CACHE_FILE: i64 = 195;
const NO_ADDRESS: i64 = 220;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_a_host() {
        assert_eq!(service("imap.example.org"), Ok("imap@imap.example.org".to_owned()));
        assert_eq!(service("::1"), Ok("imap@::1".to_owned()));
        for host in ["", "a b", "a@B", "a/b", "\u{fc}.example"] {
            assert_eq!(service(host), Err(GssapiError::NoHost), "{host}");
        }
    }

    #[test]
    fn errors_are_told_by_their_numbers() {
        let explained = |major: MajorFlags, number: i32| {
            let error = Error { major, minor: (TABLE + number).cast_unsigned() };
            explain(error, "imap@a.example")
        };
        let failure = MajorFlags::GSS_S_FAILURE;
        let kind = |number| explained(failure, number).map(|error| error.to_string());
        for (number, message) in [
            (7, "the Kerberos realm does not know the server imap@a.example"),
            (32, "the Kerberos ticket has expired"),
            (37, "the clock of this machine differs too much from that of the Kerberos realm"),
            (141, "there is no Kerberos ticket"),
            (156, "no server of the Kerberos realm can be reached"),
            (195, "there is no Kerberos ticket"),
        ] {
            assert_eq!(kind(number), Ok(message.to_owned()));
        }
        assert!(kind(41).is_err_and(|said| !said.as_str().is_empty()));
        let no_credentials = explained(MajorFlags::GSS_S_NO_CRED, 999);
        assert!(matches!(no_credentials, Ok(GssapiError::NoTicket { .. })), "{no_credentials:?}");
        // 13 << 16 has all the bits of 12 << 16, 9 << 16 and so on.
        assert!(explained(failure, 999).is_err());
    }
}
