use std::sync::{Arc, Mutex};

use super::*;

#[test]
fn lines_are_broken_between_words_where_they_are_too_long() {
    let text = "short\n  FLAGS    its flags and keywords\n\nno-blank-in-it-at-all x\n";
    let expected = "short\n  FLAGS its flags\n    and keywords\n\nno-blank-in-it-at-all\n  x\n";
    assert_eq!(broken(text, 17), expected);
    assert_eq!(broken(text, 80), text);
    assert_eq!(broken("a b", 0), "a\n  b\n");
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All that is shown, without times.
fn shown(styles: Styles, work: impl FnOnce(&mut View)) -> String {
    let kept = Kept::default();
    let mut view = View::new(Box::new(kept.clone()), styles, Instant::now());
    *view.times() = Switch::Off;
    work(&mut view);
    let octets = kept.0.lock().unwrap().clone();
    String::from_utf8(octets).unwrap()
}

#[test]
fn a_dialogue_is_indented_under_its_command() {
    let text = shown(Styles::PLAIN, |view| {
        view.server(b"* OK ready", Place::Outside, Kind::Text);
        view.client(b"a1 LIST \"\" Entw&APw-rfe");
        view.server(b"* LIST () \"/\" Entw&APw-rfe", Place::Under, Kind::Data);
        view.server(b"+ dGVzdA==", Place::Under, Kind::Challenge);
        view.server(b"+ ", Place::Under, Kind::Challenge);
        view.client_literal("5 octets");
        view.server(b"a1 OK \x1b[2J done", Place::Answer(Duration::from_millis(3)), Kind::Text);
        view.tell("one\ntwo");
    });
    assert_eq!(
        text,
        "S: * OK ready\nC: a1 LIST \"\" Entw&APw-rfe  ~ Entw\u{fc}rfe\nS:   * LIST () \"/\" Entw&APw-rfe  ~ Entw\u{fc}rfe\n\
         S:   + dGVzdA==  ~ \"test\"\nS:   +   ~ an empty challenge\nC: <5 octets>\nS: a1 OK \\x1b[2J done\n-- one\n-- two\n"
    );
}

#[test]
fn raw_shows_what_came() {
    let text = shown(Styles::PLAIN, |view| {
        *view.raw() = Switch::On;
        view.server(b"* LIST () \"/\" Entw&APw-rfe", Place::Under, Kind::Data);
        view.server_literal(b"a\r\n\x1bb");
        view.server(&[b'x'; 5000], Place::Under, Kind::Data);
    });
    let long = "x".repeat(5000);
    assert_eq!(text, format!("S: * LIST () \"/\" Entw&APw-rfe\nS| a\\x0d\\x0a\nS| \\x1bb\nS: {long}\n"));
}

#[test]
fn colours_say_nothing_that_is_not_there_without_them() {
    let work = |view: &mut View| {
        view.client(b"a1 LIST \"\" Entw&APw-rfe");
        view.server(b"a1 NO never", Place::Answer(Duration::ZERO), Kind::Text);
        view.tell("one");
    };
    let coloured = shown(Styles::COLOURED, work);
    assert_ne!(coloured, shown(Styles::PLAIN, work));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), shown(Styles::PLAIN, work));
}

#[test]
fn times_stand_in_front_and_behind() {
    let kept = Kept::default();
    let mut view = View::new(Box::new(kept.clone()), Styles::PLAIN, Instant::now());
    view.server(b"a1 OK done", Place::Answer(Duration::from_millis(12)), Kind::Text);
    view.server(b"a1 OK done", Place::Answer(Duration::from_millis(12_340)), Kind::Text);
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<_> = text.lines().map(|line| line.split_at(9)).collect();
    assert_eq!(lines[0].1, "S: a1 OK done  (12 ms)");
    assert_eq!(lines[1].1, "S: a1 OK done  (12.3 s)");
    assert!(lines.iter().all(|(time, _)| time.trim().parse::<f64>().is_ok()), "{text}");
}

#[test]
fn the_state_is_told() {
    use super::super::known::Protection;

    let mut known = Known::new(Protection::Clear);
    for line in ["* OK hi", "* ENABLED UTF8=ACCEPT"] {
        known.heard(&bytes::Bytes::from(format!("{line}\r\n")));
    }
    assert_eq!(
        state(&known, "h\u{1b} port 143"),
        "server     h\\x1b port 143\nprotection none: everybody on the way reads along\nstate      not authenticated\n\
         enabled    UTF8=ACCEPT\n"
    );
}
