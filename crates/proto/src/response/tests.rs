//! What belongs to no single kind of response.

mod acl;
mod corpus;
mod examples;
mod extensions;
mod limits;
mod metadata;
mod noise;
mod order;
mod part_numbers;
mod pieces;
mod plain;
mod quirks;
mod quota;
mod round_trip;

use bytes::Bytes;

use super::*;

/// One line without its end.
fn line(line: impl AsRef<[u8]>) -> Parsed {
    let mut bytes = line.as_ref().to_vec();
    bytes.extend_from_slice(b"\r\n");
    parse(&bytes.into(), &Context::default())
}

#[track_caller]
fn fetch(row: impl AsRef<[u8]>) -> Fetch {
    match line(row).response {
        Response::Fetch(fetch) => fetch,
        other => panic!("{other:?}"),
    }
}
