use bytes::Bytes;
use tayori_proto::command::{SaslReply, parse_sasl_reply};
use tayori_proto::response::ResponseCode;
use tayori_proto::types::{Atom, SaslMessage};
use tayori_proto::wire::{Frame, Then};
use tokio::time::sleep;

use crate::connection::{Connection, Gone, Handled, Phase, Privacy, Reply};
use crate::store::Store;

/// `STARTTLS` (RFC 9051 section 6.2.1). The handshake follows the answer.
pub(super) fn start_tls<S: Store>(client: &Connection<S>) -> Reply {
    if client.privacy == Privacy::Encrypted {
        return Reply::bad("the connection is encrypted already");
    }
    if !client.server.can_start_tls() {
        return Reply::bad("there is no TLS here");
    }
    Reply::starting_tls("begin the handshake")
}

/// `LOGIN` (RFC 9051 section 6.2.3)
pub(super) async fn log_in<S: Store>(client: &mut Connection<S>, user: &[u8], password: &[u8]) -> Handled {
    if client.privacy == Privacy::Clear {
        return Ok(Reply::no("others could read the password").with(ResponseCode::PrivacyRequired));
    }
    let Some(store) = client.server.logins.check(user, password) else {
        return refuse(client).await;
    };
    client.phase = Phase::Authenticated(store);
    let capabilities = client.capabilities().await;
    tracing::info!(user = %user.escape_ascii(), "logged in");
    Ok(Reply::ok("logged in").with(ResponseCode::Capability(capabilities)))
}

/// `AUTHENTICATE PLAIN` (RFC 9051 section 6.2.2, RFC 4616)
pub(super) async fn handle<S: Store>(
    client: &mut Connection<S>,
    mechanism: &Atom,
    initial: Option<SaslMessage>,
) -> Handled {
    if !mechanism.eq_ignore_case(b"PLAIN") {
        return Ok(Reply::no("there is no such mechanism").with(ResponseCode::Cannot));
    }
    if client.privacy == Privacy::Clear {
        return Ok(Reply::no("others could read the password").with(ResponseCode::PrivacyRequired));
    }
    let message = match initial {
        Some(message) => message,
        None => {
            client.wire.ask("").await?;
            match read_reply(client).await? {
                Ok(SaslReply::Response(message)) => message,
                Ok(SaslReply::Cancel) => return Ok(Reply::bad("cancelled")),
                Err(reply) => return Ok(reply),
            }
        }
    };
    // message = [authzid] NUL authcid NUL passwd (RFC 4616 section 2)
    let mut parts = message.expose().split(|octet| *octet == 0);
    let (Some(authzid), Some(user), Some(password), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Ok(Reply::bad("that is no message of PLAIN"));
    };
    if !authzid.is_empty() && authzid != user {
        return refuse(client).await;
    }
    log_in(client, user, password).await
}

async fn read_reply<S: Store>(client: &mut Connection<S>) -> Result<Result<SaslReply, Reply>, Gone> {
    let line: Bytes = match client.wire.next_frame(client.silence()).await? {
        Frame::Piece { bytes, then: Then::End, .. } => bytes,
        _ => return Err(Gone::Dismissed("that is no answer to a challenge")),
    };
    Ok(parse_sasl_reply(&line).map_err(|_| Reply::bad("that is not base64")))
}

/// The same answer whatever was wrong, and not at once (RFC 9051 section 11.2).
async fn refuse<S: Store>(client: &mut Connection<S>) -> Handled {
    client.failed_logins += 1;
    client.wire.flush().await?;
    sleep(client.server.limits.failed_login_delay).await;
    if client.failed_logins >= client.server.limits.failed_logins {
        return Err(Gone::Dismissed("too many wrong passwords").into());
    }
    Ok(Reply::no("wrong user or password").with(ResponseCode::AuthenticationFailed))
}
