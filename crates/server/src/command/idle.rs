use tayori_proto::command::parse_idle_done;
use tayori_proto::wire::{Frame, Then};
use tokio::time::Instant;

use crate::connection::{Connection, Gone, Handled, Reply, Waiting};
use crate::store::Store;
use crate::view::Renumbering;

/// `IDLE` (RFC 9051 section 6.3.13): tells the news as they come, until the client says `DONE`.
pub(super) async fn handle<S: Store>(client: &mut Connection<S>) -> Handled {
    client.wire.ask("idling").await?;
    let silence = client.silence();
    let end = Instant::now() + silence;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Gone::Silent.into());
        }
        client.tell(Renumbering::Allowed, client.telling()).await?;
        let Some(frame) = client.frame_or_news(left, Waiting::Idle).await? else { continue };
        return match frame {
            Frame::Piece { bytes, then: Then::End, .. } if parse_idle_done(&bytes).is_ok() => {
                Ok(Reply::ok("no longer idling"))
            }
            Frame::Piece { then: Then::End, .. } => Ok(Reply::bad("expected DONE")),
            _ => Err(Gone::Dismissed("expected DONE").into()),
        };
    }
}
