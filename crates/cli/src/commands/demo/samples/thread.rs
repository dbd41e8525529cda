//! A mailing list: threads with their references and quotations.

use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;

use super::SampleMail;
use super::compose::{begin, date_header, finish, message_id, moment, text};
use super::people::{ASTA, BASTIEN, HANA, MAREK, ODILE, Person, RUBEN, TOVE, ZENO};

pub(super) fn posts() -> Vec<SampleMail> {
    (0..POSTS.len()).map(post).collect()
}

struct Post {
    date: &'static str,
    from: Person,
    parent: Parent,
    /// What the author has written, without quotation.
    words: &'static str,
}

enum Parent {
    /// A new thread of this subject.
    None(&'static str),
    /// An answer that quotes the last paragraph of the post at this index, which is smaller than its own.
    Quoted(usize),
    /// An answer without quotation.
    Plain(usize),
}

impl Parent {
    fn index(&self) -> Option<usize> {
        match *self {
            Self::None(_) => None,
            Self::Quoted(index) | Self::Plain(index) => Some(index),
        }
    }
}

const LIST: Person = Person { name: "rust list", address: "rust@lists.example" };

fn post(index: usize) -> SampleMail {
    let Post { date, from, parent, words } = &POSTS[index];
    let date = moment(date);
    let ancestors = ancestors(index);
    let root = ancestors.first().copied().unwrap_or(index);
    let subject = match POSTS[root].parent {
        Parent::None(subject) if root == index => format!("[rust] {subject}"),
        Parent::None(subject) => format!("Re: [rust] {subject}"),
        _ => unreachable!("the first ancestor has no parent"),
    };
    let mut builder = begin(from, &[&LIST], &subject, date)
        .header("List-Id", Raw::new("Evenings with Rust <rust.lists.example>"))
        .header("List-Post", Raw::new("<mailto:rust@lists.example>"))
        .header("List-Archive", Raw::new("<https://lists.example/rust>"))
        .header("Precedence", Raw::new("list"));
    if let Some(parent) = parent.index() {
        builder = builder
            .in_reply_to(id(parent))
            .references(MessageId::new_list(ancestors.iter().map(|&ancestor| id(ancestor))));
    }
    let body = match *parent {
        Parent::Quoted(parent) => format!("{}{words}", quotation(parent)),
        Parent::None(_) | Parent::Plain(_) => (*words).to_owned(),
    };
    let body = format!("{body}\n-- \n{}\n", from.name);
    finish(date, builder, text(&body))
}

/// The posts above this one, the first of the thread in front.
fn ancestors(index: usize) -> Vec<usize> {
    let mut above: Vec<usize> =
        std::iter::successors(POSTS[index].parent.index(), |&parent| POSTS[parent].parent.index()).collect();
    above.reverse();
    above
}

fn id(index: usize) -> String {
    let post = &POSTS[index];
    message_id(&post.from, moment(post.date))
}

fn quotation(index: usize) -> String {
    let post = &POSTS[index];
    let last = post.words.trim_end().rsplit("\n\n").next().unwrap_or_default();
    let lines: Vec<String> = last.lines().map(|line| format!("> {line}\n")).collect();
    format!("On {}, {} wrote:\n{}\n", date_header(moment(post.date)), post.from.name, lines.concat())
}

const POSTS: &[Post] = &[
    // 0 to 16: one long thread.
    Post {
        date: "5-Feb-2026 19:02:00 +0100",
        from: ZENO,
        parent: Parent::None("Who owns the line I have just read?"),
        words: "Good evening,

I read a file of tide tables line by line and put each line into a struct. It
works, but it allocates for every line, and there are ninety thousand.

Can the struct borrow the line instead? The compiler says no, and I should
like to understand its point of view.
",
    },
    Post {
        date: "5-Feb-2026 19:40:00 +0100",
        from: ODILE,
        parent: Parent::Quoted(0),
        words: "Its point of view is: the buffer is read over at the next line. Your struct
would then hold a Tuesday that has become a Wednesday.

Read the whole file into one String first, and borrow from that.
",
    },
    Post {
        date: "5-Feb-2026 20:15:00 +0100",
        from: ZENO,
        parent: Parent::Quoted(1),
        words: "I see. Then the String has to live as long as the structs.

Where do I put it, so that it does?
",
    },
    Post {
        date: "5-Feb-2026 20:33:00 +0100",
        from: MAREK,
        parent: Parent::Quoted(2),
        words: "In main, above everything else. What is declared first is dropped last. It is
like the case of a clock.
",
    },
    Post {
        date: "5-Feb-2026 21:01:00 +0100",
        from: RUBEN,
        parent: Parent::Quoted(1),
        words: "How large is the file? If it is a few megabytes, one String is fine. If it is
a few gigabytes, keep the loop and allocate less:

    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        table.push(line.trim_end().parse::<Tide>()?);
        line.clear();
    }

One buffer for all lines, and a Tide that owns three numbers and no text.
",
    },
    Post {
        date: "5-Feb-2026 21:20:00 +0100",
        from: ZENO,
        parent: Parent::Quoted(4),
        words: "Three numbers and the name of the harbour. That is the text I wanted to
borrow.
",
    },
    Post {
        date: "5-Feb-2026 21:28:00 +0100",
        from: HANA,
        parent: Parent::Quoted(5),
        words: "How many harbours are there? Forty? Then keep forty names in a Vec and put
the index into the Tide, as a type of its own:

    struct HarbourId(u8);

No lifetime, and a Tide of sixteen octets.
",
    },
    Post {
        date: "5-Feb-2026 22:10:00 +0100",
        from: ZENO,
        parent: Parent::Quoted(6),
        words: "Thirty-eight. I have just counted them, and two of them are the same harbour
with different spelling.
",
    },
    Post {
        date: "6-Feb-2026 07:05:00 +0100",
        from: TOVE,
        parent: Parent::Quoted(7),
        words: "That is not a matter of lifetimes any more. That is a matter of the fifties,
when they renamed the mole.
",
    },
    Post {
        date: "6-Feb-2026 08:12:00 +0100",
        from: ODILE,
        parent: Parent::Quoted(6),
        words: "I like it. For the record, there is a third way between borrowing and
counting: Arc<str>. Forty allocations, and each Tide holds a pointer.

It is two words instead of one octet, but it prints itself.
",
    },
    Post {
        date: "6-Feb-2026 12:40:00 +0100",
        from: BASTIEN,
        parent: Parent::Plain(0),
        words: "I have read all of this twice and still clone everything. My program is done
before the kettle is. Is that wrong?
",
    },
    Post {
        date: "6-Feb-2026 12:52:00 +0100",
        from: MAREK,
        parent: Parent::Quoted(10),
        words: "No. Measure before you file.
",
    },
    Post {
        date: "6-Feb-2026 18:30:00 +0100",
        from: RUBEN,
        parent: Parent::Quoted(11),
        words: "Measured, on ninety thousand lines, in release mode:

    a String per field      31 ms
    one String per line     18 ms
    one buffer, HarbourId    6 ms

The kettle takes four minutes.
",
    },
    Post {
        date: "6-Feb-2026 19:00:00 +0100",
        from: ZENO,
        parent: Parent::Quoted(12),
        words: "Then I have spent an evening to save 25 milliseconds, and would do it again.
Thank you, all of you.
",
    },
    Post {
        date: "6-Feb-2026 19:22:00 +0100",
        from: ASTA,
        parent: Parent::Quoted(13),
        words: "Now write it down for the next one who asks. Ett litet exempel räcker: före,
efter, och varför.
",
    },
    Post {
        date: "8-Feb-2026 16:45:00 +0100",
        from: ZENO,
        parent: Parent::Quoted(14),
        words: "Done, two pages, with a drawing of the mole. Marek's clock case is in it.
",
    },
    Post {
        date: "8-Feb-2026 17:03:00 +0100",
        from: MAREK,
        parent: Parent::Plain(15),
        words: "I am honoured. The case is oak.
",
    },
    // 17 to 22: a short one.
    Post {
        date: "2-Mar-2026 20:00:00 +0100",
        from: BASTIEN,
        parent: Parent::None("unwrap in an example: yes or no"),
        words: "I am writing the example for the seed calculator. May I unwrap in it?
",
    },
    Post {
        date: "2-Mar-2026 20:09:00 +0100",
        from: ODILE,
        parent: Parent::Quoted(17),
        words: "People copy examples. Let main return a Result and use the question mark; it
is shorter, too.
",
    },
    Post {
        date: "2-Mar-2026 20:11:00 +0100",
        from: RUBEN,
        parent: Parent::Quoted(17),
        words: "In a test yes, in an example no, in a letter to the list whatever you like.
",
    },
    Post {
        date: "2-Mar-2026 21:30:00 +0100",
        from: BASTIEN,
        parent: Parent::Quoted(18),
        words: "It is shorter! Why did nobody tell me?
",
    },
    Post {
        date: "3-Mar-2026 06:58:00 +0100",
        from: TOVE,
        parent: Parent::Quoted(20),
        words: "You had not returned a Result.
",
    },
    Post {
        date: "3-Mar-2026 07:30:00 +0100",
        from: ASTA,
        parent: Parent::Plain(21),
        words: "I am unwrapping a sandwich and nobody shall stop me.
",
    },
    // From 23 on: announcements.
    Post {
        date: "12-Jan-2026 10:00:00 +0100",
        from: RUBEN,
        parent: Parent::None("Evenings in January"),
        words: "We meet on the 14th and the 28th, at seven, in the back room of the Paper
Lantern. Topic: whatever does not compile.
",
    },
    Post {
        date: "9-Feb-2026 10:00:00 +0100",
        from: RUBEN,
        parent: Parent::None("Evenings in February"),
        words: "The 11th and the 25th. Zeno shows his tides. Please bring your own cup, the
last set is two, nearly alike.
",
    },
    Post {
        date: "9-Mar-2026 10:00:00 +0100",
        from: RUBEN,
        parent: Parent::None("Evenings in March"),
        words: "The 11th and the 25th. Topic: traits, and why we want to have them explained
once more.
",
    },
    Post {
        date: "13-Apr-2026 10:00:00 +0200",
        from: RUBEN,
        parent: Parent::None("One evening in April"),
        words: "Only the 22nd: on the 25th there is a boat to be launched, and half of the
list has promised to hold a rope.
",
    },
    Post {
        date: "20-Apr-2026 21:14:00 +0200",
        from: ODILE,
        parent: Parent::None("ANN: metronome 0.3"),
        words: "Metronome 0.3 is out.

- the beat no longer drifts when the laptop sleeps
- tempi are a type: Bpm, from 20 to 300
- `--silent` blinks instead of ticking, for the neighbours
",
    },
];

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    #[test]
    fn posts_refer_to_all_that_are_above_them() {
        let octets: Vec<Vec<u8>> = posts().into_iter().map(|mail| mail.octets.concat()).collect();
        let messages: Vec<_> =
            octets.iter().map(|octets| MessageParser::default().parse(octets).unwrap()).collect();
        let ids: Vec<&str> = messages.iter().map(|message| message.message_id().unwrap()).collect();
        for (index, message) in messages.iter().enumerate() {
            let above: Vec<&str> = ancestors(index).into_iter().map(|ancestor| ids[ancestor]).collect();
            let references = message.references().as_text_list().unwrap_or_default();
            assert_eq!(references.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), above, "{index}");
            assert_eq!(message.in_reply_to().as_text(), above.last().copied(), "{index}");
        }
        assert!(POSTS.iter().enumerate().all(|(index, post)| post.parent.index() < Some(index)));
    }

    #[test]
    fn an_answer_quotes_and_the_subject_stays() {
        let octets = post(13).octets.concat();
        let message = MessageParser::default().parse(&octets).unwrap();
        assert_eq!(message.subject(), Some("Re: [rust] Who owns the line I have just read?"));
        let text = message.body_text(0).unwrap();
        assert!(text.starts_with("On Fri, 6 Feb 2026 18:30:00 +0100, Rubén Ibarrola wrote:\r\n> The kettle"));
        assert_eq!(message.references().as_text_list().map(|list| list.len()), Some(4));
    }
}
