use tayori_proto::response::Response;
use tayori_proto::types::{Capabilities, Capability, NonEmpty};

use crate::connection::{Handled, Reply, Wire};

/// `ENABLE` (RFC 5161 section 3.1). Nothing that is offered has to be enabled, so the list of what was stays empty.
pub(super) async fn handle(wire: &mut Wire, _: &NonEmpty<Capability>) -> Handled {
    wire.send(&Response::Enabled(Capabilities::default())).await?;
    Ok(Reply::ok("enabled what there is"))
}
