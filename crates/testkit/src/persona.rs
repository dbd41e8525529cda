//! The server of this project wearing the behaviour of another one: what a client has to cope with, without an account.
//!
//! Each shows what its documentation names and is our own server in everything else: it does not claim to be a whole
//! Gmail or Exchange. They are given to [`Host::behaving`](crate::pair::Host::behaving), but for [`gmail`], which is a
//! host with a store of its own.

pub mod courier;
pub mod exchange;
pub mod gmail;
pub mod lacking;
pub mod mailutils;
pub mod shifting;
pub mod strato;

use tayori_proto::types::{Capabilities, Capability};

/// A list of capabilities as it stands on the wire.
fn capabilities(list: &str) -> Capabilities {
    list.split(' ').filter_map(|name| Capability::try_from(name).ok()).collect()
}
