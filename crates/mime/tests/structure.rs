//! What the structure of a message tells, and that it does not depend on how the message comes.

#![allow(clippy::unwrap_used, reason = "what fails here is the test")]

use proptest::prelude::*;
use tayori_mime::{Extensions, Limits, PartKind, Structure, StructureParser};
use tayori_proto::types::{AddressList, BodyStructure, Envelope, EnvelopeFields, PartContent, Text};

/// Reads a message in pieces of this size.
fn in_pieces(message: &[u8], size: usize) -> Structure {
    let mut parser = StructureParser::new(Limits::default());
    message.chunks(size).for_each(|piece| parser.feed(piece));
    parser.finish()
}

/// The structure in one line: types, `encoding octets lines`, parts in parentheses, messages in brackets.
fn shown(body: &BodyStructure) -> String {
    match body {
        BodyStructure::Multipart(multipart) => {
            let parts: Vec<_> = multipart.parts.iter().map(shown).collect();
            format!("({} {})", multipart.media_subtype.to_string_lossy(), parts.join(" "))
        }
        BodyStructure::Part(part) => {
            let (kind, subtype) = (part.media_type.to_string_lossy(), part.media_subtype.to_string_lossy());
            let octets = part.fields.octets.unwrap();
            match &part.content {
                PartContent::Basic => format!("{kind}/{subtype}:{octets}"),
                PartContent::Text { lines } => format!("{kind}/{subtype}:{octets}:{}", lines.unwrap()),
                PartContent::Message { body, lines, .. } => {
                    format!("{kind}/{subtype}:{octets}:{}[{}]", lines.unwrap(), shown(body))
                }
            }
        }
    }
}

#[track_caller]
fn check(message: &str, expected: &str) {
    let structure = Structure::of(message.as_bytes());
    assert_eq!(shown(&structure.body(Extensions::With)), expected, "{message:?}");
    for size in [1, 2, 3, 7] {
        assert_eq!(in_pieces(message.as_bytes(), size), structure, "{message:?} in pieces of {size}");
    }
    check_ranges(&structure, message.len() as u64);
}

/// Ranges are inside the message and inside those of the part around them.
#[track_caller]
fn check_ranges(structure: &Structure, size: u64) {
    assert_eq!(structure.size(), size);
    let mut around: Vec<std::ops::Range<u64>> = Vec::new();
    let mut reached = 0;
    for (index, part) in structure.parts().enumerate() {
        let (header, body) = (part.header(), part.body());
        assert!(header.start <= header.end && header.end == body.start && body.start <= body.end, "{part:?}");
        if index == 0 {
            assert_eq!((header.start, body.end), (0, size));
        } else {
            assert!(header.start >= reached, "parts stand in their order: {part:?}");
        }
        reached = header.start;
        while around.last().is_some_and(|outer| header.start >= outer.end && body.end > outer.end) {
            around.pop();
        }
        if let Some(outer) = around.last() {
            assert!(outer.start <= header.start && body.end <= outer.end, "{part:?} in {outer:?}");
        }
        around.push(body);
    }
}

#[test]
fn messages_without_mime() {
    check("", "text/plain:0:0");
    check("\r\n", "text/plain:0:0");
    check("a: b", "text/plain:0:0");
    check("a: b\r\n\r\nc\r\nd", "text/plain:4:1");
    check("a: b\n\nc\nd\n", "text/plain:4:2");
    check("no header\r\n\r\ntext\r\n", "text/plain:6:1");
    check("no header\r\nand no blank line\r\n", "text/plain:0:0");
    check("\r\n\r\n\r\n", "text/plain:4:2");
    check("a: b\r\rc\r\n\r\nd", "text/plain:1:0");
}

#[test]
fn multiparts() {
    let header = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    let two = "(mixed text/plain:1:0 text/html:3:1)";
    let parts = "--b\r\n\r\n1\r\n--b\r\nContent-Type: text/html\r\n\r\n2\r\n\r\n--b--";
    check(&format!("{header}{parts}"), two);
    check(&format!("{header}preamble\r\n--bc\r\n --b\r\n{parts}\r\nepilogue\r\n--b\r\n"), two);
    check(&format!("{header}{}", parts.replace("--b", "--b \t ")), "(mixed text/plain:1:0 text/html:13:2)");
    check(&format!("{header}{}", parts.replace("--b\r", "--b \t\r")), two);
    check(&format!("{header}{parts}").replace('\r', ""), "(mixed text/plain:1:0 text/html:2:1)");
    check(&format!("{header}--b\r\n\r\n1\r\n--b\r\nContent-Type: text/html\r\n\r\n2\r\n"), two);
    check(
        &format!("{header}--b\r\n\r\n1\r\n--b\r\nContent-Type: text/html\r\n\r\n2\r\n-"),
        "(mixed text/plain:1:0 text/html:4:1)",
    );
    check(&format!("{header}--b\r\n\r\n1\r\n--b"), "(mixed text/plain:1:0 text/plain:0:0)");
}

#[test]
fn parts_without_a_body_or_a_header() {
    let header = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    check(
        &format!("{header}--b\r\n--b\r\n\r\n--b\r\na: b\r\n--b\r\na: b\r\n\r\n--b--"),
        "(mixed text/plain:0:0 text/plain:0:0 text/plain:0:0 text/plain:0:0)",
    );
    check(
        &format!(
            "{header}--b\r\nContent-Type: message/rfc822\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n--b--"
        ),
        "(mixed message/rfc822:0:0[text/plain:0:0] message/rfc822:0:0[text/plain:0:0])",
    );
    check(
        &format!("{header}--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: a\r\n\r\n--b--"),
        "(mixed message/rfc822:14:2[text/plain:0:0])",
    );
}

#[test]
fn a_multipart_without_parts_shows_its_preamble() {
    let header = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    check(&format!("{header}1\r\n2\r\n"), "(mixed text/plain:6:2)");
    check(&format!("{header}1\r\n2\r\n--b--\r\n3\r\n"), "(mixed text/plain:4:1)");
    check(&format!("{header}--b--"), "(mixed text/plain:0:0)");
    check(header, "(mixed text/plain:0:0)");
}

#[test]
fn a_multipart_without_a_boundary_is_text() {
    for value in ["multipart/mixed", "multipart/mixed; boundary=\"\"", "multipart/mixed; boundary=\" \""] {
        check(&format!("Content-Type: {value}\r\n\r\n--\r\n\r\n1\r\n"), "text/plain:9:3");
    }
    let long = "b".repeat(995);
    check(&format!("Content-Type: multipart/mixed; boundary={long}\r\n\r\n--{long}\r\n"), "text/plain:999:1");
    let long = &long[1..];
    check(
        &format!("Content-Type: multipart/mixed; boundary={long}\r\n\r\n--{long}\r\n"),
        "(mixed text/plain:0:0)",
    );
}

#[test]
fn an_outer_boundary_ends_what_is_inside() {
    let outer = "Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n";
    let inner = "Content-Type: multipart/alternative; boundary=outer--x\r\n\r\n--outer--x\r\n\r\n1\r\n";
    check(
        &format!("{outer}{inner}--outer\r\n\r\n2\r\n--outer--"),
        "(mixed (alternative text/plain:1:0) text/plain:1:0)",
    );
    check(&format!("{outer}{inner}--outer--\r\n--outer--x\r\n"), "(mixed (alternative text/plain:1:0))");
    check(
        &format!("{outer}Content-Type: text/html\r\n--outer\r\n\r\n2"),
        "(mixed text/html:0:0 text/plain:1:0)",
    );
    let message = "Content-Type: message/rfc822\r\n\r\nSubject: a\r\n";
    check(
        &format!("{outer}{message}{inner}--outer\r\n\r\n2"),
        "(mixed message/rfc822:85:5[(alternative text/plain:1:0)] text/plain:1:0)",
    );
    check(&format!("{outer}{message}\r\n1\r\n--outer--"), "(mixed message/rfc822:15:2[text/plain:1:0])");
}

#[test]
fn the_same_boundary_twice_is_the_inner_one() {
    let header = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";
    check(
        &format!("{header}{header}\r\n1\r\n--b--\r\n--b\r\n\r\n2\r\n--b--"),
        "(mixed (mixed text/plain:1:0) text/plain:1:0)",
    );
}

#[test]
fn messages_inside_messages() {
    let message = "Content-Type: message/rfc822\r\n\r\n";
    check(&format!("{message}Subject: a\r\n\r\n1\r\n"), "message/rfc822:17:3[text/plain:3:1]");
    check(
        &format!("{message}{message}Subject: a"),
        "message/rfc822:42:2[message/rfc822:10:0[text/plain:0:0]]",
    );
    check(
        "Content-Type: message/global\r\nContent-Transfer-Encoding: 8BIT\r\n\r\n\r\n1",
        "message/global:3:1[text/plain:1:0]",
    );
    for encoding in ["base64", "Quoted-Printable", "x-uuencode"] {
        check(
            &format!("Content-Transfer-Encoding: {encoding}\r\n{message}a: b\r\n\r\n"),
            "application/octet-stream:8",
        );
    }
    check("Content-Type: message/delivery-status\r\n\r\na: b\r\n\r\n", "message/delivery-status:8");
    check(
        "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: a\r\n\r\n1\r\n--b\r\nContent-Type: text/html\r\n\r\n2",
        "(digest message/rfc822:15:2[text/plain:1:0] text/html:1:0)",
    );
}

#[test]
fn limits_make_the_structure_coarser() {
    let read = |message: &str, change: &dyn Fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        let mut parser = StructureParser::new(limits);
        parser.feed(message.as_bytes());
        let structure = parser.finish();
        check_ranges(&structure, message.len() as u64);
        shown(&structure.body(Extensions::Without))
    };
    let header = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    let parts = format!("{header}--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b\r\n\r\n3\r\n--b--");
    assert_eq!(read(&parts, &|limits| limits.parts = 3), "(mixed text/plain:1:0 text/plain:18:4)");
    assert_eq!(read(&parts, &|limits| limits.kept_octets = 300), "(mixed text/plain:35:9)");
    assert_eq!(read(&parts, &|limits| limits.depth = 1), "application/octet-stream:35");
    assert_eq!(read(&parts, &|limits| limits.boundary_octets = 0), "text/plain:35:9");
    let chain = "Content-Type: message/rfc822\r\n\r\n".repeat(4);
    assert_eq!(
        read(&chain, &|limits| limits.depth = 3),
        "message/rfc822:96:6[message/rfc822:64:4[application/octet-stream:32]]"
    );
    assert_eq!(read(&chain, &|limits| limits.parts = 1), "application/octet-stream:96");
}

#[test]
fn deep_nesting_is_read_in_linear_time() {
    let mut message = String::new();
    for level in 0..1000 {
        message +=
            &format!("Content-Type: multipart/mixed; boundary=\"{level:0900}\"\r\n\r\n--{level:0900}\r\n");
    }
    message += &format!("\r\n{}", format!("--{:0900}\r\n", 5000).repeat(2000));
    let structure = Structure::of(message.as_bytes());
    assert_eq!(structure.parts().count(), 64);
    check_ranges(&structure, message.len() as u64);
    let parts = "Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned() + &"--b\r\n".repeat(200_000);
    assert_eq!(Structure::of(parts.as_bytes()).parts().count(), 10_000);
}

/// RFC 9051 section 8: the message of the sample session.
const SAMPLE: &str = "Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n\
    From: Terry Gray <gray@cac.washington.edu>\r\n\
    Subject: IMAP4rev1 WG mtg summary and minutes\r\n\
    To: imap@cac.washington.edu\r\n\
    Cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n\
    Message-Id: <B27397-0100000@cac.washington.edu>\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\
    \r\n";

fn list(addresses: &[(Option<&str>, &str, &str)]) -> AddressList {
    let address = |&(name, mailbox, host): &(Option<&str>, &str, &str)| tayori_proto::types::Address {
        name: name.map(Text::from),
        route: None,
        mailbox: Some(mailbox.into()),
        host: Some(host.into()),
    };
    addresses.iter().map(address).collect::<Vec<_>>().into()
}

#[test]
fn the_sample_session_of_the_standard() {
    let message = format!("{SAMPLE}{}", "x\r\n".repeat(92));
    let structure = Structure::of(message.as_bytes());
    let from = list(&[(Some("Terry Gray"), "gray", "cac.washington.edu")]);
    let expected = Envelope::new(EnvelopeFields {
        date: Some("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)".into()),
        subject: Some("IMAP4rev1 WG mtg summary and minutes".into()),
        from: from.clone(),
        sender: from.clone(),
        reply_to: from,
        to: list(&[(None, "imap", "cac.washington.edu")]),
        cc: list(&[(None, "minutes", "CNRI.Reston.VA.US"), (Some("John Klensin"), "KLENSIN", "MIT.EDU")]),
        bcc: AddressList::default(),
        in_reply_to: None,
        message_id: Some("<B27397-0100000@cac.washington.edu>".into()),
    });
    assert_eq!(structure.envelope(), &expected);
    let BodyStructure::Part(part) = structure.body(Extensions::Without) else { panic!("no part") };
    assert_eq!((part.media_type, part.media_subtype), ("TEXT".into(), "PLAIN".into()));
    assert_eq!(part.content, PartContent::Text { lines: Some(92) });
    assert_eq!(part.fields.encoding, Some("7bit".into()));
    assert_eq!(part.fields.parameters.len(), 1);
    assert_eq!(part.extension, None);
    // The header of the sample has 342 octets (RFC 9051 section 8).
    assert_eq!(structure.parts().next().unwrap().header(), 0..342);
}

#[test]
fn empty_fields_of_an_envelope() {
    let structure = Structure::of(b"Subject:\r\nFrom: a@b\r\nSender: \r\nReply-To: c@d\r\nTo:\r\n\r\n");
    let envelope = structure.envelope();
    assert_eq!((envelope.date(), envelope.subject()), (None, Some(&b""[..])));
    assert!(envelope.sender().eq(envelope.from()));
    let reply_to: Vec<_> = envelope.reply_to().map(|to| (to.name, to.mailbox, to.host)).collect();
    assert_eq!(reply_to, [(None, Some(&b"c"[..]), Some(&b"d"[..]))]);
    assert!(envelope.to().is_empty());
}

/// RFC 9051 section 7.5.2: the text and the base64 part of the example.
#[test]
fn fields_and_extensions_of_a_part() {
    let message = "Content-Type: multipart/mixed; boundary=\"b\"; x=y\r\nContent-Language: en, de\r\n\r\n\
        --b\r\nContent-Type: TEXT/PLAIN; CHARSET=US-ASCII; NAME=cc.diff\r\n\
        Content-ID: <960723163407.20117h@cac.washington.edu>\r\n\
        Content-Description: Compiler\r\n diff\r\nContent-Transfer-Encoding: BASE64 (c)\r\n\
        Content-MD5: Q2hlY2s=\r\nContent-Disposition: attachment; filename=\"cc.diff\"\r\n\
        Content-Language: en\r\nContent-Location: http://a/b\r\n\r\nYQ==\r\n--b--\r\n";
    let structure = Structure::of(message.as_bytes());
    let BodyStructure::Multipart(multipart) = structure.body(Extensions::With) else {
        panic!("no multipart")
    };
    let extension = multipart.extension.unwrap();
    assert_eq!(extension.parameters.len(), 2);
    assert_eq!(extension.language, ["en".into(), "de".into()]);
    let BodyStructure::Part(part) = &multipart.parts[0] else { panic!("no part") };
    assert_eq!(part.fields.id, Some("<960723163407.20117h@cac.washington.edu>".into()));
    assert_eq!(part.fields.description, Some("Compiler diff".into()));
    assert_eq!(part.fields.encoding, Some("BASE64".into()));
    assert_eq!(part.fields.octets, Some(4));
    assert_eq!(part.fields.parameters[1].value, "cc.diff".into());
    let extension = part.extension.as_ref().unwrap();
    assert_eq!(extension.md5, Some("Q2hlY2s=".into()));
    assert_eq!(extension.disposition.as_ref().unwrap().parameters[0].value, "cc.diff".into());
    assert_eq!((extension.language.len(), &extension.location), (1, &Some("http://a/b".into())));
}

#[test]
fn leaves_are_what_holds_content() {
    let message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\
        Content-Transfer-Encoding: Base64\r\n\r\nYQ==\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: a\r\n\r\n1";
    let structure = Structure::of(message.as_bytes());
    let kinds: Vec<_> = structure.parts().map(|part| part.kind()).collect();
    assert_eq!(kinds, [PartKind::Multipart, PartKind::Leaf, PartKind::Message, PartKind::Leaf]);
    let leaves: Vec<_> = structure.leaves().collect();
    assert_eq!(leaves.len(), 2);
    assert!(leaves[0].is_type("TEXT"));
    assert_eq!(leaves[0].charset(), Some(&"utf-8".into()));
    assert_eq!(leaves[0].encoding(), Some(&"Base64".into()));
    assert_eq!(leaves[1].charset(), None);
    assert_eq!(leaves[1].envelope().unwrap().subject(), Some(&b"a"[..]));
    assert_eq!(&message[leaves[1].body().start as usize..], "1");
}

proptest! {
    /// Lines that are likely to be boundaries, headers and their ends.
    #[test]
    fn any_octets_have_a_structure(
        lines in prop::collection::vec(
            prop_oneof![
                Just("Content-Type: multipart/mixed; boundary=a".to_owned()),
                Just("Content-Type: multipart/digest; boundary=\"a--\"".to_owned()),
                Just("Content-Type: multipart/x; boundary=b".to_owned()),
                Just("Content-Type: message/rfc822".to_owned()),
                Just("To: a,".to_owned()),
                Just(" (b".to_owned()),
                Just(String::new()),
                Just(String::new()),
                "-{1,3}[ab]-{0,4}[ \t\r]{0,2}",
                "[ -~\r]{0,8}",
            ],
            0..30,
        ),
        ends in prop::collection::vec(prop::bool::ANY, 30),
        tail in prop::bool::ANY,
        cuts in prop::collection::vec(1_usize..40, 0..40),
    ) {
        let mut message = String::new();
        let last = lines.len().saturating_sub(1);
        for (index, line) in lines.iter().enumerate() {
            message += line;
            if index < last || tail {
                message += if ends[index] { "\r\n" } else { "\n" };
            }
        }
        let structure = Structure::of(message.as_bytes());
        check_ranges(&structure, message.len() as u64);
        prop_assert_eq!(&in_pieces(message.as_bytes(), 1), &structure);
        let mut parser = StructureParser::new(Limits::default());
        let mut rest = message.as_bytes();
        for cut in cuts {
            let (piece, next) = rest.split_at(cut.min(rest.len()));
            parser.feed(piece);
            rest = next;
        }
        parser.feed(rest);
        prop_assert_eq!(&parser.finish(), &structure);
        let _ = structure.body(Extensions::With);
    }

    #[test]
    fn noise_has_a_structure(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let structure = Structure::of(&octets);
        check_ranges(&structure, octets.len() as u64);
        prop_assert_eq!(&in_pieces(&octets, 1), &structure);
    }

    #[test]
    fn noise_in_header_values_is_survived(value in "[ -~]{0,60}", raw in prop::collection::vec(any::<u8>(), 0..40)) {
        for name in ["Content-Type", "Content-Disposition", "Content-Language", "To", "Content-Transfer-Encoding"] {
            let mut message = format!("{name}: {value}").into_bytes();
            message.extend_from_slice(&raw);
            message.extend_from_slice(b"\r\n\r\n--\r\n");
            let structure = Structure::of(&message);
            check_ranges(&structure, message.len() as u64);
            prop_assert_eq!(&in_pieces(&message, 1), &structure);
            let addressed = structure.envelope().to().all(|one| one.host.is_some() || one.name.is_none());
            prop_assert!(addressed);
        }
    }
}
