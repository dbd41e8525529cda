use proptest::prelude::*;

use super::*;

fn small() -> Limits {
    Limits { response_octets: 200, inline_literal_octets: 8, inline_sum_octets: 12, ..Limits::default() }
}

/// The frames of a stream, chunks of one literal joined, one frame a line.
fn frames(direction: Direction, limits: &Limits, input: &[u8], piece: usize) -> Vec<String> {
    let mut framer = Framer::new(direction, limits.clone());
    let mut shown = Vec::new();
    let mut literal = Vec::new();
    for octets in input.chunks(piece) {
        framer.feed(octets);
        loop {
            match framer.next_frame() {
                Ok(None) => break,
                Ok(Some(Frame::Piece { bytes, then, .. })) => {
                    let then = match then {
                        Then::End => String::new(),
                        Then::Literal { size, .. } => format!(" ...{size}"),
                    };
                    shown.push(format!("{}{then}", bytes.escape_ascii()));
                }
                Ok(Some(Frame::Chunk { bytes, left })) => {
                    literal.extend_from_slice(&bytes);
                    if left == 0 {
                        shown.push(format!("<{}>", literal.escape_ascii()));
                        literal.clear();
                    }
                }
                Ok(Some(Frame::Announced { size, asks })) => shown.push(format!("announced {size} {asks}")),
                Ok(Some(Frame::Overlong { head })) => {
                    shown.push(format!("overlong {}", head[..head.len().min(10)].escape_ascii()));
                }
                Err(error) => {
                    shown.push(error.to_string());
                    return shown;
                }
            }
        }
    }
    shown
}

#[track_caller]
fn check(direction: Direction, input: &[u8], expected: &[&str]) {
    let limits = small();
    for piece in (1..=input.len()).rev() {
        assert_eq!(frames(direction, &limits, input, piece), expected, "in pieces of {piece}");
    }
}

#[test]
fn responses_end_at_their_line_end() {
    check(
        Direction::FromServer,
        b"* 1 EXISTS\r\nA1 OK done\r\n+ go on\r\n",
        &[r"* 1 EXISTS\r\n", r"A1 OK done\r\n", r"+ go on\r\n"],
    );
}

#[test]
fn a_small_literal_stays_in_its_response() {
    check(
        Direction::FromServer,
        b"* LIST () \"/\" {5}\r\na\r\nbc\r\n* 2 EXISTS\r\n",
        &[r#"* LIST () \"/\" {5}\r\na\r\nbc\r\n"#, r"* 2 EXISTS\r\n"],
    );
}

#[test]
fn a_large_literal_is_streamed_and_the_line_goes_on() {
    check(
        Direction::FromServer,
        b"* 1 FETCH (BODY[] {12}\r\nab\r\nA1 OK \r\n\r\n FLAGS ())\r\nA1 OK\r\n",
        &[r"* 1 FETCH (BODY[] {12}\r\n ...12", r"<ab\r\nA1 OK \r\n>"]
            .iter()
            .copied()
            .chain([r"\r\n", r" FLAGS ())\r\n", r"A1 OK\r\n"])
            .collect::<Vec<_>>(),
    );
}

#[test]
fn literals_that_fit_alone_do_not_fit_together() {
    check(
        Direction::FromServer,
        b"* X {7}\r\n1234567 {7}\r\n7654321 {2}\r\nab)\r\n",
        &[r"* X {7}\r\n1234567 {7}\r\n ...7", r"<7654321>", r" {2}\r\nab)\r\n"],
    );
}

#[test]
fn text_for_people_has_no_literals() {
    check(
        Direction::FromServer,
        b"* OK [ALERT] you used {5}\r\nA1 NO {5}\r\n+ {5}\r\nwhat {5}\r\n* [X] {5}\r\n",
        &[
            r"* OK [ALERT] you used {5}\r\n",
            r"A1 NO {5}\r\n",
            r"+ {5}\r\n",
            r"what {5}\r\n",
            r"* [X] {5}\r\n",
        ],
    );
}

#[test]
fn inside_a_quoted_string_nothing_is_announced() {
    check(
        Direction::FromServer,
        b"* LIST () \"/\" \"a {5}\r\n* 1 EXISTS\r\n",
        &[r#"* LIST () \"/\" \"a {5}\r\n"#, r"* 1 EXISTS\r\n"],
    );
    check(
        Direction::FromServer,
        b"* X \"a\\\" \\\\\" {2}\r\nab\r\n",
        &[r#"* X \"a\\\" \\\\\" {2}\r\nab\r\n"#],
    );
}

#[test]
fn a_bare_line_feed_ends_a_line_but_not_a_quoted_string() {
    check(Direction::FromServer, b"* OK hi\n* X \"a\nb\" c\n", &[r"* OK hi\n", r#"* X \"a\nb\" c\n"#]);
}

#[test]
fn blank_lines_between_responses_are_nothing_and_in_sasl_something() {
    check(Direction::FromServer, b"\r\n* 1 EXISTS\r\n \r\n\r\n", &[r"* 1 EXISTS\r\n"]);
    check(Direction::FromClient, b"\r\n", &[r"\r\n"]);
}

#[test]
fn a_client_may_announce_anywhere_and_may_have_to_be_asked() {
    check(
        Direction::FromClient,
        b"a LOGIN {2}\r\nab {2+}\r\ncd\r\nb APPEND x {9}\r\n123456789\r\n",
        &[
            "announced 2 true",
            "announced 2 false",
            r"a LOGIN {2}\r\nab {2+}\r\ncd\r\n",
            r"b APPEND x {9}\r\n ...9",
            "<123456789>",
            r"\r\n",
        ],
    );
}

#[test]
fn an_overlong_response_is_skipped_with_its_literals() {
    let mut input = b"* SEARCH".to_vec();
    input.extend(b" 12345678".repeat(40));
    input.extend(b" {14}\r\n* 1 EXISTS\r\nzz");
    input.extend(b" 1".repeat(150));
    input.extend(b"\r\n* 2 EXISTS\r\n");
    check(Direction::FromServer, &input, &["overlong * SEARCH 1", r"* 2 EXISTS\r\n"]);
}

#[test]
fn an_overlong_response_with_an_announcement_in_quotes_is_skipped_to_its_line_end() {
    let mut input = b"* X \"".to_vec();
    input.extend(b" 12345678".repeat(40));
    input.extend(b" {14}\r\n* 2 EXISTS\r\n");
    check(Direction::FromServer, &input, &["overlong * X \\\" 1234", r"* 2 EXISTS\r\n"]);
}

#[test]
fn overlong_text_for_people_has_no_literals_either() {
    let mut input = b"* OK".to_vec();
    input.extend(b" 12345678".repeat(40));
    input.extend(b" {14}\r\n* 2 EXISTS\r\n");
    check(Direction::FromServer, &input, &["overlong * OK 12345", r"* 2 EXISTS\r\n"]);
}

#[test]
fn streamed_literals_do_not_make_a_response_endless() {
    let mut row = b"* 1 FETCH (".to_vec();
    for _ in 0..30 {
        row.extend(b"BODY[1] {9}\r\n123456789 ");
    }
    row.extend(b")\r\n* 2 EXISTS\r\n");
    let limits = small();
    for piece in [1, 7, row.len()] {
        let frames = frames(Direction::FromServer, &limits, &row, piece);
        let (last, before) = frames.split_last().unwrap();
        assert_eq!(last, r"* 2 EXISTS\r\n");
        assert!(before.last().unwrap().starts_with("overlong"), "{frames:?}");
        // Octets are bounded: pieces of 13 octets fit some fifteen times into 200.
        assert!(frames.len() < 40, "{frames:?}");
    }
    let limits = Limits { streamed_literals: 3, ..small() };
    let frames = frames(Direction::FromServer, &limits, &row, row.len());
    assert_eq!(frames.len(), 3 * 2 + 2, "{frames:?}");
}

#[test]
fn nothing_is_reserved_for_an_announced_size() {
    let mut framer = Framer::new(Direction::FromServer, Limits::default());
    framer.feed(b"* LIST () \"/\" {4294967295}\r\n");
    let frame = framer.next_frame().unwrap();
    assert!(matches!(frame, Some(Frame::Piece { then: Then::Literal { size: 4_294_967_295, .. }, .. })));
    assert!(framer.buf.capacity() < 1024);
}

#[test]
fn a_size_that_no_counter_holds_ends_the_stream() {
    check(
        Direction::FromServer,
        b"* 1 FETCH (BODY[] {18446744073709551617}\r\n",
        &["a literal was announced with more than 19 digits"],
    );
    check(
        Direction::FromServer,
        b"* X {0000000000000000000000002}\r\nab\r\n",
        &[r"* X {0000000000000000000000002}\r\nab\r\n"],
    );
}

fn fragment() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"* 1 FETCH (".to_vec()),
        Just(b"* OK ".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"\\".to_vec()),
        Just(b" {3}\r\n".to_vec()),
        Just(b" {20}\r\n".to_vec()),
        Just(b"~{20+}\r\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..90),
    ]
}

proptest! {
    /// How the network cuts the stream changes nothing.
    #[test]
    fn every_chunking_gives_the_same_frames(parts in proptest::collection::vec(fragment(), 0..30), piece in 1_usize..40) {
        let input = parts.concat();
        for direction in [Direction::FromServer, Direction::FromClient] {
            let whole = frames(direction, &small(), &input, input.len().max(1));
            prop_assert_eq!(&frames(direction, &small(), &input, 1), &whole);
            prop_assert_eq!(&frames(direction, &small(), &input, piece), &whole);
        }
    }
}

#[test]
fn a_refused_literal_does_not_come() {
    for (limit, command) in [(8, &b"a APPEND b {20}\r\n"[..]), (64, b"a LOGIN {1}\r\nb {20}\r\n")] {
        let limits = Limits { inline_literal_octets: limit, ..Limits::default() };
        let mut framer = Framer::new(Direction::FromClient, limits);
        framer.feed(command);
        while framer.next_frame().unwrap().is_some() {}
        assert!(!framer.is_drained());
        framer.refuse_literal();
        assert!(framer.is_drained());
        framer.feed(b"c NOOP\r\n");
        framer.refuse_literal();
        let Some(Frame::Piece { bytes, then: Then::End, .. }) = framer.next_frame().unwrap() else {
            panic!()
        };
        assert_eq!(bytes, "c NOOP\r\n");
    }
}
