//! The grammar of commands, as a server reads them and as a client writes them.

use std::io;

use bytes::Bytes;
use tayori_proto::Limits;
use tayori_proto::command::{
    Charset, Command, EncodeOptions, ParseOptions, SaslReply, TaggedCommand, encode_sasl_cancel,
    encode_sasl_response, parse_idle_done, parse_sasl_reply,
};
use tayori_proto::types::NameEncoding;
use tayori_proto::wire::{Direction, Frame, Framer, LiteralMode, MarkKind, Then};

use super::corpus;

/// Any octets are a command or an error with a place in them; what was read is written as one command that nothing
/// breaks out of, and reads back as the same.
pub(super) fn run(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    for names in [NameEncoding::ModifiedUtf7, NameEncoding::Utf8] {
        let mut options = ParseOptions::default();
        options.names = names;
        for read in [Command::parse(&bytes, &options), Command::parse_head(&bytes, &options)] {
            match read {
                Ok(command) => check_travel(&command, &options),
                Err(error) => {
                    assert!(error.offset <= data.len(), "{error:?}");
                    let tag = error.tag.as_ref().is_none_or(|tag| data.starts_with(tag.as_bytes()));
                    assert!(tag, "{error:?}");
                }
            }
        }
    }
    let _ = parse_idle_done(&bytes);
    if let Ok(reply) = parse_sasl_reply(&bytes) {
        let encoded = match &reply {
            SaslReply::Response(message) => encode_sasl_response(message),
            SaslReply::Cancel => encode_sasl_cancel(),
        };
        assert_eq!(parse_sasl_reply(&Bytes::copy_from_slice(&encoded.bytes)).as_ref(), Ok(&reply));
    }
}

pub(super) fn seeds() -> io::Result<Vec<Vec<u8>>> {
    let scripts = corpus::scripts()?;
    let commands = scripts.iter().flat_map(|said| corpus::frames(&said.client, Direction::FromClient));
    let more = [
        "a UID FETCH 1:*,7 (UID FLAGS BODY.PEEK[1.HEADER.FIELDS (DATE \"x y\")]<0.5> BODY[TEXT] RFC822.SIZE)\r\n",
        "a FETCH 1 FULL\r\n",
        "a SEARCH CHARSET UTF-8 OR (NOT SEEN 1:3) HEADER Subject {2}\r\n\u{f6} UID *:2 SINCE 1-Feb-1994 LARGER 5\r\n",
        "a UID STORE 1:* -FLAGS.SILENT (\\Deleted $x)\r\n",
        "a APPEND \"a b\" (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {5}\r\nhello\r\n",
        "a LOGIN \"a\\\"b\" {3}\r\n\r\n)\r\n",
        "a STATUS &AOk- (MESSAGES UIDNEXT)\r\n",
        "a LIST \"\" \"%/*\"\r\n",
        "a XFOO \"(\" {2}\r\n)) (x\r\n",
        "DONE\r\n",
        "*\r\n",
        "AGFubgBzZWNyZXQ=\r\n",
    ];
    let more = more.map(|command| command.as_bytes().to_vec());
    Ok(commands.map(|command| command.to_vec()).chain(more).collect())
}

fn check_travel(read: &TaggedCommand, parsing: &ParseOptions) {
    for literals in [LiteralMode::Synchronizing, LiteralMode::Minus, LiteralMode::Plus] {
        let mut options = EncodeOptions::default();
        options.literals = literals;
        options.names = parsing.names;
        let encoded = read.command.encode(&read.tag, &options);
        let streamed = encoded.marks.iter().any(|mark| matches!(mark.kind, MarkKind::Streamed(_)));
        let bytes = Bytes::copy_from_slice(&encoded.bytes);
        let again = if streamed {
            // What is written goes on behind the literal, with an empty line.
            let head = bytes.strip_suffix(b"\r\n").expect("every command ends with its line");
            Command::parse_head(&bytes.slice(..head.len()), parsing)
        } else {
            assert!(is_one(&bytes), "\"{}\"", bytes.escape_ascii());
            Command::parse(&bytes, parsing)
        };
        let expected = as_sent(read.clone(), &bytes, parsing.names);
        assert_eq!(again, Ok(expected), "\"{}\"", bytes.escape_ascii());
    }
}

/// A client names a charset only where it has to, and with UTF-8 enabled must not (RFC 9755 section 3).
fn as_sent(mut read: TaggedCommand, sent: &[u8], names: NameEncoding) -> TaggedCommand {
    if let Command::Search { charset: charset @ Charset::Utf8, .. } = &mut read.command
        && (sent.is_ascii() || names == NameEncoding::Utf8)
    {
        *charset = Charset::Default;
    }
    read
}

/// Whether these octets are one command and nothing else.
fn is_one(octets: &[u8]) -> bool {
    let mut limits = Limits::default();
    limits.inline_literal_octets = 1 << 20;
    let mut framer = Framer::new(Direction::FromClient, limits);
    framer.feed(octets);
    loop {
        match framer.next_frame() {
            Ok(Some(Frame::Announced { .. })) => {}
            Ok(Some(Frame::Piece { bytes, then: Then::End, .. })) => {
                return bytes == octets && framer.is_drained();
            }
            _ => return false,
        }
    }
}
