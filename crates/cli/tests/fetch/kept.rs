//! What is in a folder, read back as the list of it says.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// The lines of the list, without the first.
pub(crate) fn manifest(out: &Path) -> Vec<Value> {
    let text = fs::read_to_string(out.join("tayori-manifest.jsonl")).unwrap();
    text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What stands in the file of a message, as the reader for it sees it.
pub(crate) fn read_back(out: &Path, entry: &Value) -> Vec<u8> {
    let file = fs::read(out.join(entry["file"].as_str().unwrap())).unwrap();
    let number = |name: &str| entry[name].as_u64().map(|number| usize::try_from(number).unwrap());
    let Some((offset, length)) = number("offset").zip(number("length")) else { return file };
    let stored = &file[offset..offset + length];
    let message = from_mbox(stored, number("size").unwrap());
    assert!(offset == 0 || file[..offset].ends_with(b"\n\n"), "no empty line before {entry}");
    message
}

/// A message of so many octets from the mbox: without the line in front, each `>From ` with one `>` less.
fn from_mbox(stored: &[u8], size: usize) -> Vec<u8> {
    assert!(stored.starts_with(b"From MAILER-DAEMON Sun Feb  1 09:30:00 2026\n"));
    let begin = stored.iter().position(|octet| *octet == b'\n').unwrap() + 1;
    let mut message = Vec::new();
    for (index, line) in stored[begin..].split_inclusive(|octet| *octet == b'\n').enumerate() {
        let from = line.iter().position(|octet| *octet != b'>').unwrap_or(line.len());
        assert!(from > 0 || !line.starts_with(b"From "), "line {index} begins a message");
        let quoted = from > 0 && line[from..].starts_with(b"From ");
        message.extend_from_slice(&line[usize::from(quoted)..]);
    }
    // Behind it stands LF if there was none, and an empty line.
    assert!(matches!(&message[size..], b"\n" | b"\n\n"), "{}", message[size..].escape_ascii());
    message.truncate(size);
    message
}

/// The messages of the list in its folder, each read back, in the order of the list.
pub(crate) fn messages(out: &Path) -> Vec<Vec<u8>> {
    manifest(out).iter().map(|entry| read_back(out, entry)).collect()
}
