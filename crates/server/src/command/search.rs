use tayori_proto::command::{Charset, SearchBy, SearchKey};

use crate::connection::{Handled, Reply, Selected, Wire};
use crate::store::Mailbox;

pub(super) async fn handle<M: Mailbox>(
    _wire: &mut Wire,
    _selected: &mut Selected<M>,
    _key: &SearchKey,
    _charset: &Charset,
    _by: SearchBy,
) -> Handled {
    Ok(Reply::bad("todo"))
}
