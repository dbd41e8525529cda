use tayori_proto::response::ResponseCode;

use crate::connection::{Connection, Handled, Reply};
use crate::store::Store;

/// `COMPRESS DEFLATE` (RFC 4978 section 3). Whatever follows the answer is compressed, in both directions.
pub(super) fn handle<S: Store>(client: &Connection<S>) -> Handled {
    if client.wire.is_compressed() {
        return Ok(Reply::no("DEFLATE is active already").with(ResponseCode::CompressionActive));
    }
    Ok(Reply::compressing("compressed from here on"))
}
