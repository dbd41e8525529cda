use tayori_proto::response::{Namespace, Namespaces, Response};
use tayori_proto::types::ListReference;

use crate::connection::{Handled, Reply, Wire};
use crate::store::Store;

/// `NAMESPACE` (RFC 2342 section 5): all names belong to the user.
pub(super) async fn handle<S: Store>(wire: &mut Wire, store: &S) -> Handled {
    let own = Namespace {
        prefix: ListReference::none(),
        delimiter: Some(store.delimiter()),
        extensions: Vec::new(),
    };
    let namespaces = Namespaces { personal: vec![own], ..Namespaces::default() };
    wire.send(&Response::Namespace(namespaces)).await?;
    Ok(Reply::ok("that is all"))
}
