//! Modified UTF-7: one name, one encoding, in both directions.

use std::io;

use bytes::Bytes;
use tayori_proto::types::{MailboxName, NameEncoding, utf7};

/// Every text survives its travel, what is read is written the same, and a second reader, which knows nothing of the
/// first, reads what it reads.
pub(super) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let encoded = utf7::encode(&text);
    assert!(encoded.bytes().all(|octet| matches!(octet, b' '..=b'~')), "{encoded:?}");
    assert_eq!(utf7::decode(encoded.as_bytes()).as_deref(), Some(&*text), "{encoded:?}");
    assert_eq!(model(encoded.as_bytes()).as_deref(), Some(&*text), "{encoded:?}");

    match (utf7::decode(data), model(data)) {
        (Some(name), other) => {
            assert_eq!(utf7::encode(&name).as_bytes(), data);
            assert_eq!(Some(name), other);
        }
        // The model takes more than one encoding of a name.
        (None, Some(name)) => assert_ne!(utf7::encode(&name).as_bytes(), data, "{name:?} was not read"),
        (None, None) => {}
    }

    for encoding in [NameEncoding::ModifiedUtf7, NameEncoding::Utf8] {
        let name = MailboxName::from_wire(Bytes::copy_from_slice(data), encoding);
        let wire = name.to_wire(encoding);
        assert!(*wire == *data || name.is_inbox() && data.eq_ignore_ascii_case(b"INBOX"), "{name:?}");
        let again = MailboxName::from_wire(Bytes::copy_from_slice(&wire), encoding);
        assert_eq!(again, name);
    }
}

pub(super) fn seeds() -> io::Result<Vec<Vec<u8>>> {
    let seeds = [
        "INBOX",
        "a/b.c",
        "&-",
        "A&-B&-",
        "Entw&APw-rfe",
        "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
        "&2D3c7A-&2D0-",
        "&Jjo!",
        "&AGE-",
        "\u{e9}\u{1f4ec}\u{10ffff}\0\r\n",
        "&AAAAAA-x&,,8-",
    ];
    Ok(seeds.map(|seed| seed.as_bytes().to_vec()).to_vec())
}

/// Reads RFC 3501 section 5.1.3 bit by bit, and takes encodings that nobody should write.
fn model(octets: &[u8]) -> Option<String> {
    let mut units = Vec::new();
    let mut octets = octets.iter().copied();
    while let Some(octet) = octets.next() {
        match octet {
            b'&' => {
                let (mut bits, mut count, mut length) = (0_u32, 0, 0);
                loop {
                    let digit = match octets.next()? {
                        b'-' => break,
                        upper @ b'A'..=b'Z' => upper - b'A',
                        lower @ b'a'..=b'z' => lower - b'a' + 26,
                        digit @ b'0'..=b'9' => digit - b'0' + 52,
                        b'+' => 62,
                        b',' => 63,
                        _ => return None,
                    };
                    (bits, count, length) = (bits << 6 | u32::from(digit), count + 6, length + 1);
                    if count >= 16 {
                        count -= 16;
                        units.push(u16::try_from(bits >> count & 0xffff).ok()?);
                        bits &= (1 << count) - 1;
                    }
                }
                if length == 0 {
                    units.push(u16::from(b'&'));
                } else if count >= 6 || bits != 0 {
                    return None;
                }
            }
            b' '..=b'~' => units.push(u16::from(octet)),
            _ => return None,
        }
    }
    String::from_utf16(&units).ok()
}
