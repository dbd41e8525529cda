use tayori_proto::response::Response;
use tayori_proto::types::{Capabilities, Capability, NonEmpty};

use crate::connection::{Connection, Handled, Reply};
use crate::store::Store;

/// `ENABLE` (RFC 5161 section 3.1). What is not offered, or needs not be enabled, is passed over.
pub(super) async fn handle<S: Store>(client: &mut Connection<S>, wanted: &NonEmpty<Capability>) -> Handled {
    let offered = client.capabilities().await;
    let mut enabled = client.enabled;
    let mut named = Vec::new();
    for capability in wanted.iter().filter(|capability| offered.has(capability)) {
        match capability {
            Capability::Utf8Accept => client.wire.enable_utf8(),
            Capability::CondStore => enabled.condstore = true,
            Capability::QResync => {
                enabled.condstore = true;
                enabled.qresync = true;
            }
            Capability::UidOnly => enabled.uid_only = true,
            Capability::Imap4Rev2 => {
                enabled.rev2 = true;
                // RFC 9051 section 5.1
                client.wire.enable_utf8();
            }
            _ => continue,
        }
        if !named.contains(capability) {
            named.push(capability.clone());
        }
    }
    client.wire.send(&Response::Enabled(Capabilities::from_iter(named))).await?;
    client.enable(enabled).await?;
    Ok(Reply::ok("enabled what there is"))
}
