//! Copies each response and looks at nothing: what moving the octets costs.

use std::hint::black_box;

use super::{Reader, fetched};
use crate::sets::Set;

pub(super) const READER: Reader =
    Reader { name: "copy", what: "each response copied, nothing read", takes: fetched, read, tell: None };

fn read(set: &Set) {
    for reply in set.replies() {
        black_box(reply.to_vec());
    }
}
