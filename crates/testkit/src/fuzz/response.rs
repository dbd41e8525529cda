//! The grammar of responses: every octet string is read as something, and what is written is read as the same.

use std::io;

use bytes::Bytes;
use tayori_proto::Limits;
use tayori_proto::response::{
    BodyData, Context, Defect, Fetch, FetchItem, FetchParser, Parsed, Pending, Response, parse,
};
use tayori_proto::types::{Flag, NameEncoding, Uid};
use tayori_proto::wire::{Direction, Frame, Framer, Then};

use super::corpus;

/// Any octets are read, as one response and as parts of a row; writing what was read ends no line too early, and reads
/// back as the same; damage in a row costs neither the UID nor the flags beside it; and which literals are too large to
/// keep makes no difference to what a row says.
pub(super) fn run(data: &[u8]) {
    for names in [NameEncoding::ModifiedUtf7, NameEncoding::Utf8] {
        let mut context = Context::default();
        context.names = names;
        let bytes = Bytes::copy_from_slice(data);
        let parsed = parse(&bytes, &context);
        check_places(&parsed, data);
        if data.ends_with(b"\r\n") && is_one(data) {
            check_travel(&parsed, data, &context);
        }
    }
    damage(data);
    in_pieces(data);
}

pub(super) fn seeds() -> io::Result<Vec<Vec<u8>>> {
    let scripts = corpus::scripts()?;
    let responses = scripts.iter().flat_map(|said| corpus::frames(&said.server, Direction::FromServer));
    Ok(responses.map(|response| response.to_vec()).chain(corpus::quirks()).collect())
}

/// What is not understood is kept as it came, and every place named lies in the octets.
fn check_places(parsed: &Parsed, data: &[u8]) {
    assert!(parsed.repairs.iter().all(|repair| repair.offset <= data.len()), "{parsed:?}");
    match &parsed.response {
        Response::Unknown(unknown) => assert_eq!(unknown.bytes, data),
        Response::Invalid(invalid) => {
            assert_eq!(invalid.bytes, data);
            assert!(invalid.offset <= data.len());
        }
        Response::Tagged(tagged) => {
            // A second look at the line finds no other line.
            if let Some(again) = tagged.reread() {
                assert!(data.windows(again.tag.as_bytes().len()).any(|word| word == again.tag.as_bytes()));
            }
        }
        Response::Fetch(fetch) => {
            for item in &fetch.items {
                if let FetchItem::Invalid { offset, .. } = item {
                    assert!(*offset <= data.len(), "{item:?}");
                }
                let passing =
                    matches!(item.as_body(), Some((_, BodyData::Streamed { .. } | BodyData::Skipped { .. })));
                assert!(!passing, "nothing was streamed: {item:?}");
            }
        }
        _ => {}
    }
}

/// `data` is what was parsed, octets that the framer calls one response: what cannot come from it need not be written
/// well.
fn check_travel(parsed: &Parsed, data: &[u8], context: &Context) {
    let encoded = parsed.response.encode(context.names);
    assert_eq!(encoded.marks, [], "nothing in it was streamed");
    let bytes = Bytes::copy_from_slice(&encoded.bytes);
    assert!(is_one(&bytes), "\"{}\"", bytes.escape_ascii());
    let again = parse(&bytes, context);
    if is_kept(&parsed.response) {
        return;
    }
    if is_no_code(&parsed.response) || has_controls(data) || questions(&bytes) > questions(data) {
        // What cannot be written became something that can, and stays that.
        let last = parse(&Bytes::copy_from_slice(&again.response.encode(context.names).bytes), context);
        assert_eq!(last.response, again.response, "\"{}\"", bytes.escape_ascii());
        return;
    }
    assert_eq!(again.response, parsed.response, "\"{}\"", bytes.escape_ascii());
    assert!(!parsed.repairs.is_empty() || again.repairs.is_empty(), "{again:?}");
}

/// Whether its text for people begins as a code does: it is written with a blank in front.
fn is_no_code(response: &Response) -> bool {
    let (code, text) = match response {
        Response::Status(status) => (&status.code, &status.text),
        Response::Tagged(tagged) => (&tagged.code, &tagged.text),
        _ => return false,
    };
    code.is_none() && text.as_bytes().starts_with(b"[")
}

/// What could not be written in a word has become one of these.
fn questions(octets: &[u8]) -> usize {
    octets.iter().filter(|octet| **octet == b'?').count()
}

/// Whether octets stand in the response that no line of text may hold.
fn has_controls(data: &[u8]) -> bool {
    data.strip_suffix(b"\r\n").unwrap_or(data).iter().any(u8::is_ascii_control)
}

/// Whether something in it was not understood, and is written as it came.
fn is_kept(response: &Response) -> bool {
    match response {
        Response::Unknown(_) | Response::Invalid(_) => true,
        Response::Fetch(fetch) => {
            let odd =
                |item: &FetchItem| matches!(item, FetchItem::Invalid { .. } | FetchItem::Unknown { .. });
            !fetch.defects.is_empty() || fetch.items.iter().any(odd)
        }
        _ => false,
    }
}

/// No bound that short octets reach.
fn unbounded() -> Limits {
    let mut limits = Limits::default();
    limits.inline_literal_octets = 1 << 20;
    limits
}

/// Whether these octets are one response and nothing else.
fn is_one(octets: &[u8]) -> bool {
    let mut framer = Framer::new(Direction::FromServer, unbounded());
    framer.feed(octets);
    matches!(framer.next_frame(), Ok(Some(Frame::Piece { bytes, then: Then::End, .. })) if bytes == octets)
}

/// UID and flags survive whatever stands in the same row: in front of a broken rest in any case, and behind a broken
/// item if it is clear where that ends.
fn damage(data: &[u8]) {
    let row = [b"* 3 FETCH (UID 77 FLAGS (\\Seen k) ", data].concat();
    let fetch = row_of(&row);
    let uid = Uid::new(77).expect("77 is not 0");
    let begins = matches!(&fetch.items[..], [FetchItem::Uid(first), FetchItem::Flags(flags), ..]
        if *first == uid && flags.iter().next() == Some(Flag::Seen) && flags.len() == 2);
    assert!(begins, "{fetch:?}");
    assert_eq!(fetch.uid(), Some(uid));

    let value = balanced(data);
    for name in
        ["ENVELOPE", "BODYSTRUCTURE", "BODY", "INTERNALDATE", "RFC822.SIZE", "MODSEQ", "X-ODD", "BODY[]"]
    {
        let row = [b"* 3 FETCH (", name.as_bytes(), b" ", &value, b" UID 77 FLAGS (\\Seen k))\r\n"].concat();
        let fetch = row_of(&row);
        let ends = matches!(&fetch.items[..], [_, FetchItem::Uid(uid), FetchItem::Flags(flags)]
            if uid.value() == 77 && flags.iter().next() == Some(Flag::Seen));
        assert!(ends, "\"{}\": {fetch:?}", row.escape_ascii());
        assert_eq!(fetch.defects, [], "\"{}\"", row.escape_ascii());
    }
}

fn row_of(row: &[u8]) -> Fetch {
    match parse(&Bytes::copy_from_slice(row), &Context::default()).response {
        Response::Fetch(fetch) => fetch,
        other => panic!("not a row: {other:?}"),
    }
}

/// A list made of the octets, whose end is not in doubt: parentheses in pairs, and nothing that quotes or announces.
fn balanced(data: &[u8]) -> Vec<u8> {
    let mut list = vec![b'('];
    let mut open = 1;
    for &octet in data {
        match octet {
            b'(' => open += 1,
            b')' if open > 1 => open -= 1,
            b')' | b'"' | b'\\' | b'{' | b'\r' | b'\n' | b'~' | b'[' | b'<' => continue,
            _ => {}
        }
        list.push(octet);
    }
    list.resize(list.len() + open, b')');
    list
}

/// The first row of the octets, read whole, and read with every literal passing by.
fn in_pieces(data: &[u8]) {
    let mut framer = Framer::new(Direction::FromServer, unbounded());
    framer.feed(data);
    let Ok(Some(Frame::Piece { bytes, then: Then::End, .. })) = framer.next_frame() else { return };
    let whole = match parse(&bytes, &Context::default()).response {
        Response::Fetch(fetch) => fetch,
        _ => return,
    };
    let mut limits = unbounded();
    limits.inline_literal_octets = 0;
    let mut framer = Framer::new(Direction::FromServer, limits);
    framer.feed(&bytes);
    let mut parser = None;
    loop {
        let Ok(Some(frame)) = framer.next_frame() else { panic!("no end: \"{}\"", bytes.escape_ascii()) };
        let Frame::Piece { bytes: piece, then, .. } = frame else { continue };
        let pending = match (then, parser.take()) {
            (Then::Literal { size, .. }, None) => {
                let Some((started, pending)) = FetchParser::start(&piece, &Context::default(), size) else {
                    panic!("not a row: \"{}\"", piece.escape_ascii());
                };
                parser = Some(started);
                pending
            }
            (Then::Literal { size, .. }, Some(mut going)) => {
                let pending = going.resume(&piece, size);
                parser = Some(going);
                pending
            }
            (Then::End, Some(going)) => {
                let (fetch, _) = going.finish(&piece);
                assert_eq!(shape(fetch), shape(whole), "\"{}\"", bytes.escape_ascii());
                return;
            }
            (Then::End, None) => return,
        };
        if !matches!(pending, Pending::Body { .. }) {
            // An item with such a literal is lost, and read well when it is whole.
            return;
        }
    }
}

/// The row as it is when its bodies have passed by.
fn shape(fetch: Fetch) -> Vec<String> {
    let size = |data: &BodyData| match data {
        BodyData::Nil => None,
        BodyData::Inline(text) => Some(text.len() as u64),
        BodyData::Streamed { size } | BodyData::Skipped { size } => Some(*size),
    };
    let items = fetch.items.iter().map(|item| match (item.as_body(), item) {
        (Some((name, data)), _) => format!("{name:?} {:?}", size(data)),
        (None, FetchItem::Invalid { expected, .. }) => format!("invalid: {expected}"),
        (None, item) => format!("{item:?}"),
    });
    let defects = fetch.defects.iter().map(|defect| match defect {
        Defect::BodyNotDelimited { .. } => "not delimited".to_owned(),
        defect => format!("{defect:?}"),
    });
    items.chain(defects).collect()
}
