//! Letters between people: plain text, the most usual mail of all.

use super::SampleMail;
use super::compose::{begin, finish, message_id, moment, text};
use super::people::{ASTA, BASTIEN, HANA, IMKE, JORG, MAREK, ODILE, PAVLA, Person, RUBEN, SOREN, TOVE, ZENO};

pub(super) fn inbox() -> Vec<SampleMail> {
    mails(INBOX)
}

pub(super) fn sent() -> Vec<SampleMail> {
    mails(SENT)
}

pub(super) fn drafts() -> Vec<SampleMail> {
    mails(DRAFTS)
}

pub(super) fn trash() -> Vec<SampleMail> {
    mails(TRASH)
}

pub(super) fn of_2024() -> Vec<SampleMail> {
    mails(OF_2024)
}

pub(super) fn of_2025() -> Vec<SampleMail> {
    mails(OF_2025)
}

fn mails(letters: &[Letter]) -> Vec<SampleMail> {
    letters
        .iter()
        .map(|letter| {
            let date = moment(letter.date);
            let mut builder = begin(&letter.from, letter.to, letter.subject, date);
            if let Some(question) = letter.question() {
                let id = message_id(&question.from, moment(question.date));
                builder = builder.in_reply_to(id.clone()).references(id);
            }
            finish(date, builder, text(letter.body))
        })
        .collect()
}

struct Letter {
    date: &'static str,
    from: Person,
    to: &'static [&'static Person],
    subject: &'static str,
    body: &'static str,
}

impl Letter {
    /// The letter that this one answers, which has its subject without the `Re:`.
    fn question(&self) -> Option<&'static Letter> {
        let subject = self.subject.strip_prefix("Re: ")?;
        [INBOX, OF_2024, OF_2025].into_iter().flatten().find(|letter| letter.subject == subject)
    }
}

const INBOX: &[Letter] = &[
    Letter {
        date: "5-Jan-2026 09:14:00 +0100",
        from: TOVE,
        to: &[&HANA],
        subject: "Happy new year, and the ladder",
        body: "Dear Hana,

a happy new year! We had fog at midnight and saw nothing of the fireworks,
but we heard all of it.

I still have your ladder. It has become part of the hall by now, the coats
hang on it. Tell me when you need it back and I will walk over with it.

Tove
",
    },
    Letter {
        date: "9-Jan-2026 18:40:00 +0100",
        from: SOREN,
        to: &[&HANA, &IMKE],
        subject: "Ice in the harbour",
        body: "Both of you,

the inner basin is frozen from the slipway to the crane. I went around the
boats this afternoon and knocked the ice off the lines. Yours is fine. The
small pump ran all night, so somebody should look at the switch.

Minus eleven at noon.

S.
",
    },
    Letter {
        date: "14-Jan-2026 07:55:00 +0100",
        from: MAREK,
        to: &[&HANA],
        subject: "Your clock",
        body: "Hello Hana,

the clock is ready. It was the mainspring, and a dead spider. I oiled the
train and set the beat; let it run a week before you trust it.

  cleaning, oil        60
  mainspring           35
  spider             free

Open on weekdays from ten to six.

Marek
",
    },
    Letter {
        date: "22-Jan-2026 12:03:00 +0100",
        from: ODILE,
        to: &[&HANA, &ZENO, &ASTA],
        subject: "Rehearsal on Thursday: the slow movement",
        body: "Dear all,

on Thursday only the slow movement, please, and slowly this time. Zeno, you
were at the end of page four when the rest of us turned to it.

The heating in the hall works again. Bring pencils.

Odile
",
    },
    Letter {
        date: "3-Feb-2026 20:26:00 +0100",
        from: PAVLA,
        to: &[&HANA],
        subject: "Your chapter seven",
        body: "Hana,

I read chapter seven on the train and missed my stop, which is a review.

Two small things. The lamp that Edda lights on page 112 was broken on page
98. And nobody in a storm says \"nevertheless\". Otherwise I would not touch
it.

Pavla Říčanová
",
    },
    Letter {
        date: "11-Feb-2026 16:17:00 +0100",
        from: JORG,
        to: &[&HANA],
        subject: "Re: the key for the boathouse",
        body: "Moin Hana,

der Schlüssel liegt jetzt unter dem dritten Blumentopf von links, nicht mehr
unter dem zweiten. Der zweite wurde gestohlen, mitsamt Erde.

Grüße, Jörg
",
    },
    Letter {
        date: "20-Feb-2026 08:08:00 +0100",
        from: BASTIEN,
        to: &[&HANA],
        subject: "Seeds: the list for spring",
        body: "Hello,

here is what I order on Sunday if nobody objects:

- two kinds of beans (the blue ones again)
- beetroot
- the tomatoes which did so well behind the shed
- parsley, because it always fails and one day it must not
- nothing with \"giant\" in its name

Add yours by Saturday night.

Bastien
",
    },
    Letter {
        date: "1-Mar-2026 10:31:00 +0100",
        from: ASTA,
        to: &[&HANA],
        subject: "Sunday: soup at ours",
        body: "Come at one. There is soup. The cat has been told.

Åsta
",
    },
    Letter {
        date: "16-Mar-2026 21:48:00 +0100",
        from: ZENO,
        to: &[&HANA],
        subject: "I found the page",
        body: "Hana,

the missing page was in my raincoat. It has been to the ferry and back. The
notes are still there, the dynamics have run, so it is all piano now.

Sorry,
Zeno
",
    },
    Letter {
        date: "2-Apr-2026 13:20:00 +0200",
        from: RUBEN,
        to: &[&HANA, &TOVE],
        subject: "The map of the old paths",
        body: "Dear both,

the archive let me see the map of 1871. Three of the paths we walk are on it,
and one bridge that I would very much like to have back. I may copy it by
hand but not with a camera, so give me a week and a sharp pencil.

Rubén
",
    },
    Letter {
        date: "18-Apr-2026 17:02:00 +0200",
        from: IMKE,
        to: &[&HANA],
        subject: "Launch on the 25th",
        body: "Hi Hana,

high water is at 11:40 on the 25th, the crane is booked from eleven. The new
paint needs until the 23rd, so no hurry and no touching.

Bring gloves, and somebody tall.

Imke Deichgräber
",
    },
    Letter {
        date: "4-May-2026 06:45:00 +0200",
        from: TOVE,
        to: &[&HANA],
        subject: "The swifts are back",
        body: "06:38 this morning, four of them, over the school. One day earlier than last
year. I have put it into the book.

Tove
",
    },
];

const SENT: &[Letter] = &[
    Letter {
        date: "6-Jan-2026 08:02:00 +0100",
        from: HANA,
        to: &[&TOVE],
        subject: "Re: Happy new year, and the ladder",
        body: "Dear Tove,

and a good one to you. Keep the ladder until the coats have a better place.

> We had fog at midnight and saw nothing of the fireworks,
> but we heard all of it.

We saw all of it and heard nothing, the wind took it away. Between us we had
one proper celebration.

Hana
",
    },
    Letter {
        date: "10-Jan-2026 09:30:00 +0100",
        from: HANA,
        to: &[&SOREN, &IMKE],
        subject: "Re: Ice in the harbour",
        body: "Thank you, Søren. I looked at the pump: the float was frozen to its stop, so
it believed in water. It is in my kitchen now and thinks again.

Hana
",
    },
    Letter {
        date: "15-Jan-2026 19:11:00 +0100",
        from: HANA,
        to: &[&MAREK],
        subject: "Re: Your clock",
        body: "Dear Marek,

I come on Friday at five. Please keep the spider out of the bill and out of
the clock.

Hana
",
    },
    Letter {
        date: "23-Jan-2026 07:12:00 +0100",
        from: HANA,
        to: &[&ODILE],
        subject: "Re: Rehearsal on Thursday: the slow movement",
        body: "I shall be there, slowly.

Hana
",
    },
    Letter {
        date: "4-Feb-2026 22:51:00 +0100",
        from: HANA,
        to: &[&PAVLA],
        subject: "Re: Your chapter seven",
        body: "Dear Pavla,

thank you for the train and the stop.

> The lamp that Edda lights on page 112 was broken on page 98.

It is a second lamp now. It always was, I only did not know.

> And nobody in a storm says \"nevertheless\".

She says \"still\". I tried it aloud at the window and it works.

Hana
",
    },
    Letter {
        date: "21-Feb-2026 20:20:00 +0100",
        from: HANA,
        to: &[&BASTIEN],
        subject: "Re: Seeds: the list for spring",
        body: "One packet of marigolds for me, against whatever it is that marigolds are
against. And let us try the parsley in the old sink.

Hana
",
    },
    Letter {
        date: "1-Mar-2026 10:33:00 +0100",
        from: HANA,
        to: &[&ASTA],
        subject: "Re: Sunday: soup at ours",
        body: "Gladly. I bring bread, and a paper bag for the cat.

Hana
",
    },
    Letter {
        date: "17-Mar-2026 08:00:00 +0100",
        from: HANA,
        to: &[&ZENO],
        subject: "Re: I found the page",
        body: "Dear Zeno,

all piano is an improvement. Dry it between two books, not on the stove.

Hana
",
    },
    Letter {
        date: "3-Apr-2026 18:25:00 +0200",
        from: HANA,
        to: &[&RUBEN, &TOVE],
        subject: "Re: The map of the old paths",
        body: "¡Qué alegría, Rubén! I have tracing paper, and the sharpener of my
grandfather, which is sharper than most pencils.

Which bridge?

Hana
",
    },
    Letter {
        date: "19-Apr-2026 11:00:00 +0200",
        from: HANA,
        to: &[&IMKE],
        subject: "Re: Launch on the 25th",
        body: "Noted: eleven o'clock, gloves, Jörg (he is tall).

Hana
",
    },
];

const DRAFTS: &[Letter] = &[
    Letter {
        date: "8-Mar-2026 23:40:00 +0100",
        from: HANA,
        to: &[&PAVLA],
        subject: "Chapter eight, perhaps",
        body: "Dear Pavla,

chapter eight begins with the ferry, unless it begins with the letter. I have
written both and like
",
    },
    Letter {
        date: "30-Mar-2026 07:07:00 +0200",
        from: HANA,
        to: &[&SOREN],
        subject: "The pump, once more",
        body: "Søren, before I forget: the float needs a new hinge. The shop in town has
none; measure yours and tell me
",
    },
    Letter {
        date: "10-May-2026 12:12:00 +0200",
        from: HANA,
        to: &[],
        subject: "Packing for the mountains",
        body: "raincoat
the other raincoat
map (ask Rubén)
tea
string
",
    },
    Letter {
        date: "15-May-2026 21:30:00 +0200",
        from: HANA,
        to: &[&ODILE, &ZENO, &ASTA],
        subject: "Summer concert: an order for the evening",
        body: "Dear all,

what about this order?

1. the dances
2. the slow movement
3. pause, with cake
4. whatever Zeno has found by then
",
    },
];

const TRASH: &[Letter] = &[
    Letter {
        date: "12-Jan-2026 11:11:00 +0100",
        from: RUBEN,
        to: &[&HANA],
        subject: "Test",
        body: "Is this thing on?
",
    },
    Letter {
        date: "12-Jan-2026 11:13:00 +0100",
        from: RUBEN,
        to: &[&HANA],
        subject: "Test 2",
        body: "It was. Please ignore both.
",
    },
    Letter {
        date: "6-Mar-2026 15:45:00 +0100",
        from: BASTIEN,
        to: &[&HANA, &TOVE, &RUBEN, &ASTA],
        subject: "Lost: one green glove, left",
        body: "Left at somebody's place, it is the left one. No reward, but gratitude.

Bastien
",
    },
    Letter {
        date: "6-Mar-2026 15:59:00 +0100",
        from: BASTIEN,
        to: &[&HANA, &TOVE, &RUBEN, &ASTA],
        subject: "Found: one green glove, left",
        body: "I was wearing it.

Bastien
",
    },
];

const OF_2024: &[Letter] = &[
    Letter {
        date: "11-Nov-2023 10:00:00 +0100",
        from: TOVE,
        to: &[&HANA],
        subject: "How was the inn?",
        body: "You are back! Tell me everything: the river, the maples, the mushrooms. I
have kept your post, it is mostly seed catalogues.

Tove
",
    },
    Letter {
        date: "24-Dec-2023 17:30:00 +0100",
        from: ASTA,
        to: &[&HANA, &TOVE, &ZENO],
        subject: "God jul!",
        body: "God jul till er alla! Gröten står på spisen, granen står snett, katten
sitter högst upp.

Åsta
",
    },
    Letter {
        date: "19-Jan-2024 14:22:00 +0100",
        from: SOREN,
        to: &[&HANA],
        subject: "The berth, from April",
        body: "Hello Hana,

berth 14 is yours from the first of April. It is the one behind the yellow
post, out of the swell. The neighbours are a family of ducks and Imke.

Søren Kjelstrup
",
    },
    Letter {
        date: "14-Mar-2024 09:26:00 +0100",
        from: ZENO,
        to: &[&HANA],
        subject: "A question of arithmetic",
        body: "If four people rehearse a piece of nine minutes for eleven evenings, and one
of them always starts a bar late, how late is he at the concert?

I ask for myself.

Zeno
",
    },
    Letter {
        date: "20-May-2024 19:54:00 +0200",
        from: RUBEN,
        to: &[&HANA],
        subject: "Mushrooms, already",
        body: "Morels by the second bridge, eleven of them. I tell nobody but you, and you
did not hear it from me.

R.
",
    },
    Letter {
        date: "8-Jul-2024 12:30:00 +0200",
        from: IMKE,
        to: &[&HANA],
        subject: "Your sail",
        body: "The sailmaker says: a new panel, two reef points and a little patience.
Tuesday in a week.

Imke
",
    },
    Letter {
        date: "27-Sep-2024 20:15:00 +0200",
        from: MAREK,
        to: &[&HANA],
        subject: "About the music box",
        body: "Hello Hana,

the comb has lost two teeth. I can make new ones, but they will sound like
new ones for a year or so. Or we leave the gaps: the tune is a waltz, and it
limps very gracefully.

What do you say?

Marek
",
    },
    Letter {
        date: "2-Dec-2024 08:10:00 +0100",
        from: PAVLA,
        to: &[&HANA],
        subject: "Smlouva / the contract",
        body: "Dear Hana,

the contract is in the post: two copies, sign both, keep one. Příloha (the
annex) is only about who pays for the index. We do.

Pavla
",
    },
];

const OF_2025: &[Letter] = &[
    Letter {
        date: "30-Jan-2025 18:18:00 +0100",
        from: TOVE,
        to: &[&HANA],
        subject: "Borrowing your ladder",
        body: "May I borrow your ladder? One lamp, one evening.

Tove
",
    },
    Letter {
        date: "15-Mar-2025 10:05:00 +0100",
        from: ODILE,
        to: &[&HANA, &ZENO, &ASTA],
        subject: "Programme for June",
        body: "Chers tous,

for June I propose the dances and nothing that was written to impress
anybody. Rehearsals on Thursdays at seven. Le thé est offert, les gâteaux
sont à apporter.

Odile
",
    },
    Letter {
        date: "21-Jun-2025 23:59:00 +0200",
        from: ASTA,
        to: &[&HANA],
        subject: "Still light",
        body: "It is a minute to midnight and I can read this without a lamp.
",
    },
    Letter {
        date: "9-Aug-2025 16:36:00 +0200",
        from: JORG,
        to: &[&HANA],
        subject: "Sheep on the dyke",
        body: "Moin,

somebody left the gate open and we had forty sheep at the lighthouse. They
behaved well. One bought an ice cream, as far as I could see.

Jörg
",
    },
    Letter {
        date: "4-Oct-2025 07:40:00 +0200",
        from: SOREN,
        to: &[&HANA, &IMKE, &JORG],
        subject: "Storm on Tuesday",
        body: "All,

they promise nine from the north-west on Tuesday night. Please double your
lines tomorrow, and take down what can fly. I have spare fenders in the shed;
the code of the lock is the number of the berth by the crane, twice.

Søren
",
    },
    Letter {
        date: "8-Oct-2025 09:12:00 +0200",
        from: IMKE,
        to: &[&HANA, &SOREN, &JORG],
        subject: "Re: Storm on Tuesday",
        body: "All afloat, all dry but one: the rowing boat of the school sank at its
mooring, politely, without touching anybody. We lift it on Saturday at ten.

> take down what can fly

The sign of the ice cream stand could fly. It is in my garden.

Imke
",
    },
];
