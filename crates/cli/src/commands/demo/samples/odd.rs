//! Mails that are unusual, each in one way, which its subject tells where it has one.

use bytes::Bytes;
use tayori_proto::types::InternalDate;

use super::SampleMail;
use super::compose::{by_hand, crlf, date_header, moment};

pub(super) fn mails() -> Vec<SampleMail> {
    let mut mails: Vec<SampleMail> =
        TEMPLATES.iter().map(|(date, template)| by_hand(date, template)).collect();
    mails.extend([
        latin_1_without_mime(),
        long_lines(),
        many_recipients(),
        long_way(),
        without_last_line_end(),
        header_alone(),
        cut_off(),
    ]);
    // The same mail twice, as when somebody is on the list and among the recipients.
    mails.push(by_hand(TWICE.0, TWICE.1));
    mails.push(by_hand(TWICE.0, TWICE.1));
    mails
}

fn from_parts(date: InternalDate, header: &str, body: &[u8]) -> SampleMail {
    let header = crlf(&header.replace("{date}", &date_header(date)));
    SampleMail::new(date, Bytes::from([header.as_bytes(), body].concat()))
}

fn latin_1_without_mime() -> SampleMail {
    let header = "\
From: joerg@example.org
To: hana@example.org
Subject: Latin-1, and nothing says so
Date: {date}
Message-ID: <odd.latin@example.org>

";
    from_parts(
        moment("2-Jun-2026 10:00:00 +0200"),
        header,
        b"Der M\xF6we ist kalt.\r\nGr\xFC\xDFe, J\xF6rg\r\n",
    )
}

/// A line of 998 octets, the longest that RFC 5322 section 2.1.1 allows, and one of 5,000.
fn long_lines() -> SampleMail {
    let header = "\
From: zeno@example.org
To: hana@example.org
Subject: Long lines
Date: {date}
Message-ID: <odd.lines@example.org>

A line of 998 octets:
";
    let scale = "do re mi fa sol la ti ".repeat(250);
    let body = format!("{}\r\nA line of 5000 octets:\r\n{}\r\nThe end.\r\n", &scale[..998], &scale[..5_000]);
    from_parts(moment("2-Jun-2026 10:10:00 +0200"), header, body.as_bytes())
}

/// 200 addresses in one field.
fn many_recipients() -> SampleMail {
    const HALL: [&str; 10] =
        ["strings", "flutes", "oboes", "horns", "drums", "sopranos", "altos", "tenors", "basses", "audience"];
    let people: Vec<String> = (0..200)
        .map(|seat| format!("\"Seat {}\" <{}.{}@example.org>", seat + 1, HALL[seat % 10], seat / 10))
        .collect();
    let header = format!(
        "From: odile@example.com\nTo: {}\nSubject: To everybody in the hall\nDate: {{date}}\nMessage-ID: \
         <odd.hall@example.com>\n\n",
        people.join(",\n ")
    );
    let body = b"Dear all 200,\r\n\r\nplease do not answer to all.\r\n\r\nOdile\r\n";
    from_parts(moment("2-Jun-2026 10:20:00 +0200"), &header, body)
}

/// 40 Received fields.
fn long_way() -> SampleMail {
    let mut header = String::new();
    for hop in (1..=40).rev() {
        header.push_str(&format!(
            "Received: from mx{}.example.com (mx{}.example.com [192.0.2.{hop}])\n\tby mx{hop}.example.com with \
             ESMTPS id hop{hop:04}\n\tfor <hana@example.org>; Tue, 2 Jun 2026 10:30:{hop:02} +0200\n",
            hop - 1,
            hop - 1,
        ));
    }
    header.push_str(
        "From: tove@example.com\nTo: hana@example.org\nSubject: A long way\nDate: {date}\nMessage-ID: \
         <odd.way@example.com>\n\n",
    );
    from_parts(moment("2-Jun-2026 10:30:41 +0200"), &header, b"I only live across the street.\r\n")
}

fn without_last_line_end() -> SampleMail {
    let header = "\
From: asta@example.org
To: hana@example.org
Subject: The last line has no end
Date: {date}
Message-ID: <odd.end@example.org>

And so it";
    from_parts(moment("2-Jun-2026 10:40:00 +0200"), header, b"")
}

/// Not even the empty line behind the header is there.
fn header_alone() -> SampleMail {
    let header = "\
From: asta@example.org
To: hana@example.org
Date: {date}
Message-ID: <odd.alone@example.org>
Subject: Nothing behind the header
";
    from_parts(moment("2-Jun-2026 10:50:00 +0200"), header, b"")
}

/// A multipart that ends in the middle of a part.
fn cut_off() -> SampleMail {
    let header = "\
From: ruben@example.com
To: hana@example.org
Subject: Cut off in the middle of an attachment
Date: {date}
Message-ID: <odd.cut@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=\"=_cut\"

--=_cut

Here is the map.

--=_cut
Content-Type: image/png; name=map.png
Content-Transfer-Encoding: base64

iVBORw0KGgoAAAANSUhEUgAA";
    from_parts(moment("2-Jun-2026 11:00:00 +0200"), header, b"")
}

const TWICE: (&str, &str) = (
    "2-Jun-2026 11:10:00 +0200",
    "\
From: odile@example.com
To: hana@example.org
Subject: Twice the same
Date: {date}
Message-ID: <odd.twice@example.com>

Da capo.
",
);

/// Dates of arrival and templates.
const TEMPLATES: &[(&str, &str)] = &[
    (
        "1-Jun-2026 08:00:00 +0200",
        "\
From: asta@example.org
To: hana@example.org
Date: {date}
Message-ID: <odd.nosubject@example.org>

There is no subject.
",
    ),
    (
        "1-Jun-2026 08:01:00 +0200",
        "\
From: asta@example.org
To: hana@example.org
Subject:
Date: {date}
Message-ID: <odd.emptysubject@example.org>

The subject is empty.
",
    ),
    (
        "1-Jun-2026 08:02:00 +0200",
        "\
From: asta@example.org
To: hana@example.org
Subject: No date
Message-ID: <odd.nodate@example.org>

Whenever.
",
    ),
    (
        "1-Jun-2026 08:03:00 +0200",
        "\
From: asta@example.org
To: hana@example.org
Subject: No Message-ID
Date: {date}

Nobody can answer to this one.
",
    ),
    (
        "1-Jun-2026 08:04:00 +0200",
        "\
Date: {date}
From: asta@example.org

The two fields that RFC 5322 asks for, and no more.
",
    ),
    (
        "1-Jun-2026 08:05:00 +0200",
        "\
From: asta@example.org
To: hana@example.org
Subject: No body
Date: {date}
Message-ID: <odd.nobody@example.org>

",
    ),
    (
        "1-Jun-2026 08:06:00 +0200",
        "\
From: zeno@example.org
To: hana@example.org
Subject: A dot
Date: {date}
Message-ID: <odd.dot@example.org>

.
",
    ),
    (
        "1-Jun-2026 08:07:00 +0200",
        "\
From: zeno@example.org
To: hana@example.org
Subject: Dots in front
Date: {date}
Message-ID: <odd.dots@example.org>

.. two
. one and a blank
...three
.
A dot alone stood on the line above.
",
    ),
    (
        "1-Jun-2026 08:08:00 +0200",
        "\
From: soeren@harbour.example
To: hana@example.org
Subject: From here to there
Date: {date}
Message-ID: <odd.from@harbour.example>

From the crane it is forty metres to the slipway.
>From that side it is more.
From soeren@harbour.example Mon Jun  1 08:08:00 2026
From: this is no field.

From
",
    ),
    (
        "1-Jun-2026 08:09:00 +0200",
        "\
From: pavla@example.com
To: hana@example.org
Subject: Lines that look like boundaries
Date: {date}
Message-ID: <odd.boundaries@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=\"cut here\"

This is in front of the first part.
-- cut here
--cut  here
--cut here
Content-Type: text/plain

--
-- cut here
 --cut here
--Cut Here
A scissor sign would be better.
--cut here
Content-Type: text/plain

--=_another
--=_another--
--cut here--
This is behind the last part.
--cut here
This is too.
",
    ),
    (
        "1-Jun-2026 08:10:00 +0200",
        "From:\tTove\t<tove@example.com>
To:hana@example.org
Subject:
 Folded at once,
\tthen with a tab,
 \t and then with everything.
Date:
 {date}
X-Spaces:      many   blanks    inside
Message-ID:
\t<odd.folding@example.com>

The header is folded in every way that is allowed.
",
    ),
    (
        "1-Jun-2026 08:11:00 +0200",
        "\
From: odile@example.com
To: The quartet: Hana <hana@example.org>, \"Zeno, late\" <zeno@example.org>,
 asta@example.org;, Friends:;, bastien@example.com
Cc: undisclosed-recipients:;
Subject: Groups of addresses
Date: {date}
Message-ID: <odd.groups@example.com>

One group of three, two of nobody, and Bastien.
",
    ),
    (
        "1-Jun-2026 08:12:00 +0200",
        "\
From: pavla@example.com
To: hana@example.org
Subject: Flowing
Date: {date}
Message-ID: <odd.flowed@example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii; format=flowed

This paragraph is as wide as your window, for its lines end in a blank 
that says: go on. It takes a while until one sees it, and then one 
sees it everywhere.

> This is a quotation that 
> flows too.
>> And one of an older 
>> mail.
 From the blank in front of this line a reader takes one away.
-- 
Pavla
",
    ),
    (
        "1-Jun-2026 08:13:00 +0200",
        "\
From: kaede@example.jp
To: hana@example.org
Subject: =?utf-8?B?5rWB44KM44KL5paH56ug?=
Date: {date}
Message-ID: <odd.delsp@example.jp>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes
Content-Transfer-Encoding: 8bit

日本語の文章には空白がないので、 
行末の空白は消してつなぎます。
",
    ),
    (
        "1-Jun-2026 08:14:00 +0200",
        "\
FROM: ruben@example.com
tO: hana@example.org
sUBJECT: Letters of any size
dATE: {date}
mESSAGE-iD: <odd.case@example.com>
mime-VERSION: 1.0
CONTENT-type: TEXT/PLAIN; CharSet=UTF-8
content-TRANSFER-encoding: Quoted-PRINTABLE

Field names have no case, nor has =65ncoding: =C3=a1 is an a with an accent.
",
    ),
    (
        "1-Jun-2026 08:15:00 +0200",
        "\
From: hana@example.org (Hana (of berth 14) Lindqvist)
To: \"hana with blanks\"@example.org, hana(no dots here)@example.org,
 <@relay.example,@relay2.example:tove@example.com>, soeren@[192.0.2.7]
Subject: Comments, quotes, routes and numbers in addresses
Date: Mon, 1 Jun 2026 08:15:00 +0200 (CEST (summer))
Message-ID: <odd.comments@example.org>

All of it is allowed, some of it is obsolete.
",
    ),
    (
        "1-Jun-2026 08:16:00 +0200",
        "\
From: soeren@harbour.example
To: hana@example.org
Subject: A date as it was written once
Date: 1 Jun 26 01:16 EST
Message-ID: <odd.olddate@harbour.example>

Two digits for the year, a name for the zone, no seconds.
",
    ),
    (
        "1-Jun-2026 08:17:00 +0200",
        "\
From: soeren@harbour.example
To: hana@example.org
Subject: A date that does not exist
Date: Fri, 31 Feb 2026 25:61:00 +9900
Message-ID: <odd.baddate@harbour.example>

See you then.
",
    ),
    (
        "1-Jun-2026 08:18:00 +0200",
        "\
From: bastien@example.com
To: hana@example.org
Subject: The first of two subjects
Subject: The second of two subjects
From: ruben@example.com
Date: {date}
Message-ID: <odd.double@example.com>

Everything twice.
",
    ),
    (
        "1-Jun-2026 08:19:00 +0200",
        "\
Resent-From: Tove <tove@example.com>
Resent-To: hana@example.org
Resent-Date: {date}
Resent-Message-ID: <odd.resent.2@example.com>
From: Imke <imke@harbour.example>
To: tove@example.com
Subject: Sent on
Date: Sun, 31 May 2026 19:00:00 +0200
Message-ID: <odd.resent.1@harbour.example>

Tove has sent this mail on as it was.
",
    ),
    (
        "1-Jun-2026 08:20:00 +0200",
        "\
From: zeno@example.org
To: hana@example.org
Subject: Only empty lines
Date: {date}
Message-ID: <odd.emptylines@example.org>






",
    ),
    (
        "1-Jun-2026 08:21:00 +0200",
        "\
From: ruben@example.com
To: hana@example.org
Subject: Parts with nothing in them
Date: {date}
Message-ID: <odd.emptyparts@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=nothing

--nothing

--nothing
Content-Type: text/plain

--nothing
Content-Type: multipart/mixed; boundary=less

--less--
--nothing--
",
    ),
    (
        "1-Jun-2026 08:22:00 +0200",
        "\
From: \"\x1B[7mZeno\x1B[0m\" <zeno@example.org>
To: hana@example.org
Subject: \x1B]0;a new title\x07\x1B[31mRed\x1B[0m \x08\x08\x08blue
Date: {date}
Message-ID: <odd.escape@example.org>

\x1B[2J\x1B[HThis mail would like to rule your terminal.
\x0CA new page. \x07A bell. \x7FDelete. \u{9b}31mOne octet more.
\u{202e}This line runs from right to left\u{202c}.
",
    ),
    (
        "1-Jun-2026 08:23:00 +0200",
        "\
From: =?utf-8?B?8J+mhg==?= <ducks@harbour.example>
To: hana@example.org
Subject: =?utf-8?B?8J+RqeKAjfCfkanigI3wn5Gn4oCN8J+RpiBhIGZhbWlseSwg?=
 =?utf-8?B?8J+Ps++4j+KAjfCfjIggYSBmbGFnLCBlzIE=?=
Date: {date}
Message-ID: <odd.emoji@harbour.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

👩‍👩‍👧‍👦 is one sign, é and é are two ways to write one, ﷽ is wide,
and 𝔣𝔯𝔞𝔨𝔱𝔲𝔯 is not ASCII.
",
    ),
    (
        "1-Jun-2026 08:24:00 +0200",
        "\
From: zeno@example.org
To: hana@example.org
Subject: =?utf-8?Q?Broken_word?= =?utf-8?B?not base64!?= =?no-such?Q?charset?=
 =?utf-8?Q?cut_in_=E3=81?= =?utf-8?Q?=82_the_middle?= =?utf-8?Q?no end
Date: {date}
Message-ID: <odd.words@example.org>

Encoded words that are none, or only half of one.
",
    ),
    (
        "1-Jun-2026 08:25:00 +0200",
        "\
From: builds@workshop.example
To: hana@example.org
Subject: A transcript {310}
Date: {date}
Message-ID: <odd.transcript@workshop.example>

a001 OK FETCH completed
* BYE look, a dialogue inside a mail
* 1 FETCH (FLAGS (\\Seen) BODY[] {12}
)
+ go ahead
DONE
{4096+}
\"quoted \\\"twice\\\"\" NIL ()
",
    ),
    (
        "1-Jun-2026 08:26:00 +0200",
        "\
From: marek@workshop.example
To: hana@example.org
Subject: A file inside the text, as it was done once
Date: {date}
Message-ID: <odd.uu@workshop.example>

The note is below.

begin 644 note.txt
,=&%Y;W)I(&YO=&4*
`
end

Marek
",
    ),
    (
        "1-Jun-2026 08:27:00 +0200",
        "\
From: odile@example.com
To: hana@example.org
Subject: Unknown encodings
Date: {date}
Message-ID: <odd.unknown@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=\"=_unknown\"

--=_unknown
Content-Type: text/plain; charset=moon-7
Content-Transfer-Encoding: 7bit

The charset does not exist.

--=_unknown
Content-Type: text/plain
Content-Transfer-Encoding: x-origami

The encoding does not exist.

--=_unknown
Content-Type: nonsense
Content-Disposition: ; filename

The type does not exist.

--=_unknown
Content-Type: text/plain
Content-Transfer-Encoding: base64

VGhpcyBpcyBiYXNlNjQg!!d2l0aCBub2lzZSBpbiBpdA
",
    ),
    (
        "1-Jun-2026 08:28:00 +0200",
        "\
From: ruben@example.com
To: hana@example.org
Subject: A line without a colon in the header
Date: {date}
this line is no field
Message-ID: <odd.nocolon@example.com>
X-Empty:
X Odd: a blank in the name

It happens.
",
    ),
    (
        "1-Jun-2026 08:29:00 +0200",
        "\
From: imke@harbour.example
To: hana@example.org
Subject: One field of many octets
Date: {date}
Message-ID: <odd.longfield@harbour.example>
X-Verdict: wind=0.1 rain=0.2 fog=0.9 gulls=12 salt=high paint=wet rope=dry tide=rising moon=full bell=quiet crane=idle wind=0.1 rain=0.2 fog=0.9 gulls=12 salt=high paint=wet rope=dry tide=rising moon=full bell=quiet crane=idle wind=0.1 rain=0.2 fog=0.9 gulls=12 salt=high paint=wet rope=dry tide=rising moon=full bell=quiet crane=idle

Nothing is folded.
",
    ),
    (
        "1-Jun-2026 08:30:00 +0200",
        "\
From: =?iso-8859-1?Q?J=F6rg_Weidenst=E4tt?= <joerg@example.org>
To: =?koi8-r?B?98XSwQ==?= <vera@example.com>,
 =?iso-2022-jp?B?GyRCSXYbKEI=?= <kaede@example.jp>,
 =?windows-1252?Q?Bastien_=96_seeds?= <bastien@example.com>
Subject: =?utf-8?Q?Ein_Wort_deutsch_=28gr=C3=BCn=29=2C?=
 =?koi8-r?B?IM/Ezs8g0tXT08vPxSw=?= =?iso-2022-jp?B?GyRCMGw4QBsoQg==?=
 and one in =?us-ascii*en?Q?English?=
Date: {date}
Message-ID: <odd.mixed@example.org>

One subject in four charsets, one of them with its language.
",
    ),
];

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    #[test]
    fn long_lines_are_as_long_as_they_say() {
        let octets = long_lines().octets.concat();
        let lengths: Vec<usize> =
            octets.split(|&octet| octet == b'\n').map(|line| line.len().saturating_sub(1)).collect();
        assert!(lengths.contains(&998) && lengths.contains(&5_000), "{lengths:?}");
    }

    #[test]
    fn two_hundred_are_addressed() {
        let octets = many_recipients().octets.concat();
        let message = MessageParser::default().parse(&octets).unwrap();
        assert_eq!(message.to().map(|to| to.iter().count()), Some(200));
    }

    #[test]
    fn subjects_are_read_over_folds_and_charsets() {
        for (id, subject) in [
            ("odd.mixed@example.org", "Ein Wort deutsch (grün), одно русское,一言 and one in English"),
            ("odd.folding@example.com", "Folded at once, then with a tab, and then with everything."),
            ("odd.delsp@example.jp", "流れる文章"),
            ("odd.emoji@harbour.example", "👩‍👩‍👧‍👦 a family, 🏳️‍🌈 a flag, e\u{301}"),
        ] {
            let octets = mails()
                .into_iter()
                .map(|mail| mail.octets.concat())
                .find(|octets| octets.windows(id.len()).any(|window| window == id.as_bytes()))
                .unwrap();
            let message = MessageParser::default().parse(&octets).unwrap();
            let words: Vec<&str> = message.subject().unwrap().split_whitespace().collect();
            assert_eq!(words.join(" "), subject);
        }
    }
}
