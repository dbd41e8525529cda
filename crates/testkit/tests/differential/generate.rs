//! Responses as RFC 3501 section 9 has them.

use tayori_testkit::fuzz::Random;

/// A response with its line end.
pub(crate) fn response(random: &mut Random) -> Vec<u8> {
    let response = match random.below(12) {
        0 => format!("* {} {}", status(random), text(random)),
        1 => format!(
            "{} {} {}",
            random.pick(&["a1", "taaaaaa.3", "A.B"]),
            random.pick(&["OK", "NO", "BAD"]),
            text(random)
        ),
        2 => format!("* {} {}", number(random), random.pick(&["EXISTS", "RECENT"])),
        3 => format!("* {} EXPUNGE", number(random)),
        4 => format!(
            "* {} {} {} {}",
            random.pick(&["LIST", "LSUB"]),
            list(random, attribute),
            delimiter(random),
            astring(random)
        ),
        5 => format!("* STATUS {} ({})", astring(random), several(random, 1, status_item)),
        6 => format!("* SEARCH {}", several(random, 1, |random| number(random).to_string())),
        7 => format!("* FLAGS {}", list(random, flag)),
        8 => format!(
            "* CAPABILITY IMAP4rev1 {}",
            several(random, 1, |random| random
                .pick(&["IDLE", "AUTH=PLAIN", "LITERAL+", "X-FOO", "UIDPLUS"])
                .to_owned())
        ),
        _ => format!("* {} FETCH ({})", number(random), several(random, 1, fetch_item)),
    };
    format!("{response}\r\n").into_bytes()
}

fn several(random: &mut Random, least: usize, one: fn(&mut Random) -> String) -> String {
    let count = least + random.below(4);
    (0..count).map(|_| one(random)).collect::<Vec<_>>().join(" ")
}

fn list(random: &mut Random, one: fn(&mut Random) -> String) -> String {
    format!("({})", several(random, 0, one))
}

fn number(random: &mut Random) -> u32 {
    let random_number = u32::try_from(random.number() >> 32).unwrap_or(1).max(1);
    [1, 2, 77, 4_294_967_295, random_number][random.below(5)]
}

fn status(random: &mut Random) -> String {
    random.pick(&["OK", "NO", "BAD", "BYE"]).to_owned()
}

fn text(random: &mut Random) -> String {
    let code = match random.below(12) {
        0 => "[ALERT] ".to_owned(),
        1 => format!("[UIDNEXT {}] ", number(random)),
        2 => format!("[UIDVALIDITY {}] ", number(random)),
        3 => format!("[UNSEEN {}] ", number(random)),
        4 => format!("[PERMANENTFLAGS ({} \\*)] ", several(random, 1, flag)),
        5 => format!("[APPENDUID {} {}] ", number(random), number(random)),
        6 => format!("[COPYUID {} 1,3:5 {}] ", number(random), number(random)),
        7 => "[READ-WRITE] ".to_owned(),
        8 => format!("[HIGHESTMODSEQ {}] ", number(random)),
        9 => "[CAPABILITY IMAP4rev1 IDLE] ".to_owned(),
        _ => String::new(),
    };
    format!("{code}{}", random.pick(&["done", "a (b) \"c", "it is {5}", "[not", "x"]))
}

fn flag(random: &mut Random) -> String {
    random
        .pick(&["\\Seen", "\\Answered", "\\Deleted", "\\Draft", "\\Flagged", "$Forwarded", "kw", "\\Odd"])
        .to_owned()
}

fn attribute(random: &mut Random) -> String {
    random.pick(&["\\Noselect", "\\Marked", "\\HasChildren", "\\NoInferiors", "\\Sent", "\\X-Y"]).to_owned()
}

fn delimiter(random: &mut Random) -> String {
    random.pick(&["\"/\"", "\".\"", "NIL", "\"\\\\\""]).to_owned()
}

fn string(random: &mut Random) -> String {
    let text = random.pick(&[
        "",
        "plain",
        "a b",
        "(x)",
        "=?utf-8?q?=C3=A9?=",
        "two\r\nlines",
        "\\ and \"",
        "{5}",
        "a@b",
    ]);
    if random.below(3) == 0 || text.contains('\r') {
        return format!("{{{}}}\r\n{text}", text.len());
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn nstring(random: &mut Random) -> String {
    if random.below(3) == 0 { "NIL".to_owned() } else { string(random) }
}

fn astring(random: &mut Random) -> String {
    match random.below(3) {
        0 => random.pick(&["INBOX", "inbox", "a/b", "x]y", "Entw&APw-rfe", "5"]).to_owned(),
        _ => string(random),
    }
}

fn status_item(random: &mut Random) -> String {
    format!(
        "{} {}",
        random.pick(&["MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "HIGHESTMODSEQ"]),
        number(random)
    )
}

fn fetch_item(random: &mut Random) -> String {
    match random.below(12) {
        0 => format!("UID {}", number(random)),
        1 => format!("FLAGS {}", list(random, flag)),
        2 => format!("RFC822.SIZE {}", number(random)),
        3 => format!(
            "INTERNALDATE \"{}\"",
            random.pick(&[
                "17-Jul-1996 02:44:25 -0700",
                " 1-Feb-2020 23:59:59 +0000",
                "29-Feb-2024 00:00:00 +1400"
            ])
        ),
        4 => format!("ENVELOPE {}", envelope(random)),
        5 => format!("BODYSTRUCTURE {}", body(random, 3, true)),
        6 => format!("BODY {}", body(random, 3, false)),
        7 => format!(
            "BODY[{}] {}",
            random.pick(&["", "HEADER", "TEXT", "1.2", "1.MIME", "2.HEADER.FIELDS (DATE \"SUBJECT\")"]),
            nstring(random)
        ),
        8 => format!("BODY[]<{}> {}", number(random), nstring(random)),
        9 => format!("RFC822 {}", nstring(random)),
        10 => format!("MODSEQ ({})", number(random)),
        _ => format!("RFC822.HEADER {}", nstring(random)),
    }
}

fn addresses(random: &mut Random) -> String {
    if random.below(3) == 0 {
        return "NIL".to_owned();
    }
    let count = 1 + random.below(2);
    let one = |random: &mut Random| {
        format!("({} {} {} {})", nstring(random), nstring(random), nstring(random), nstring(random))
    };
    format!("({})", (0..count).map(|_| one(random)).collect::<String>())
}

fn envelope(random: &mut Random) -> String {
    let lists: Vec<_> = (0..6).map(|_| addresses(random)).collect();
    format!(
        "({} {} {} {} {})",
        nstring(random),
        nstring(random),
        lists.join(" "),
        nstring(random),
        nstring(random)
    )
}

fn parameters(random: &mut Random) -> String {
    match random.below(2) {
        0 => "NIL".to_owned(),
        _ => format!("(\"charset\" {} \"x\" {})", string(random), string(random)),
    }
}

fn disposition(random: &mut Random) -> String {
    match random.below(2) {
        0 => "NIL".to_owned(),
        _ => format!("(\"attachment\" {})", parameters(random)),
    }
}

fn body(random: &mut Random, depth: usize, extended: bool) -> String {
    if depth > 0 && random.below(3) == 0 {
        let parts: String = (0..1 + random.below(3)).map(|_| body(random, depth - 1, extended)).collect();
        let extension = match extended {
            true => format!(" {} {} NIL {}", parameters(random), disposition(random), nstring(random)),
            false => String::new(),
        };
        return format!("({parts} \"mixed\"{extension})");
    }
    let basic = format!(
        "{} {} {} {} {}",
        parameters(random),
        nstring(random),
        nstring(random),
        random.pick(&["\"7bit\"", "\"BASE64\"", "\"x-odd\""]),
        number(random)
    );
    let part = match random.below(3) {
        0 => format!("\"text\" \"plain\" {basic} {}", number(random)),
        1 if depth > 0 => {
            let inner = body(random, depth - 1, extended);
            format!("\"message\" \"rfc822\" {basic} {} {inner} {}", envelope(random), number(random))
        }
        _ => format!("\"image\" \"png\" {basic}"),
    };
    let extension = match extended {
        true => format!(
            " {} {} {} {}",
            nstring(random),
            disposition(random),
            random.pick(&["NIL", "\"en\"", "(\"en\" \"de\")"]),
            nstring(random)
        ),
        false => String::new(),
    };
    format!("({part}{extension})")
}
