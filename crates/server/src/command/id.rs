use tayori_proto::response::Response;
use tayori_proto::types::IdParameters;

use crate::connection::{Connection, Handled, Reply};
use crate::store::Store;

/// `ID` (RFC 2971 section 3.1). What the client says of itself is not looked at: it proves nothing.
pub(super) async fn handle<S: Store>(client: &mut Connection<S>) -> Handled {
    let own = [("name", Some("tayori")), ("version", Some(env!("CARGO_PKG_VERSION")))];
    if let Ok(parameters) = IdParameters::new(own) {
        client.wire.send(&Response::Id(parameters)).await?;
    }
    Ok(Reply::ok("pleased to meet you"))
}
