use tayori_proto::command::parse_idle_done;
use tayori_proto::wire::{Frame, Then};
use tokio::time::Instant;

use crate::connection::{Connection, Gone, Handled, Phase, Reply};
use crate::store::{Mailbox, Store};
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
        let Connection { wire, phase, .. } = client;
        let frame = match phase {
            Phase::Selected(_, selected) => {
                selected.refresh().await?;
                wire.send_all(&selected.news(Renumbering::Allowed)).await?;
                let since = selected.view.state();
                tokio::select! {
                    frame = wire.next_frame(left) => frame?,
                    () = selected.mailbox.wait(since) => continue,
                }
            }
            _ => wire.next_frame(left).await?,
        };
        return match frame {
            Frame::Piece { bytes, then: Then::End, .. } if parse_idle_done(&bytes).is_ok() => {
                Ok(Reply::ok("no longer idling"))
            }
            Frame::Piece { then: Then::End, .. } => Ok(Reply::bad("expected DONE")),
            _ => Err(Gone::Dismissed("expected DONE").into()),
        };
    }
}
