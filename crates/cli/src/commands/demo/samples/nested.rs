//! Mails whose parts have parts: mails in mails, pictures in HTML, signatures.

use mail_builder::MessageBuilder;
use mail_builder::headers::content_type::ContentType;
use mail_builder::mime::{BodyPart, MimePart};

use super::SampleMail;
use super::compose::{
    base64_lines, begin, by_hand, date_header, finish, forwarded, html, message_id, moment, multipart, text,
    written,
};
use super::files::{pdf, png};
use super::people::{ASTA, BASTIEN, HANA, IMKE, JORG, ODILE, Person, RUBEN, SOREN, TOVE, ZENO};

pub(super) fn mails() -> Vec<SampleMail> {
    let mut mails = vec![
        invitation_with_picture(),
        picture_page(),
        deep(),
        forwarded_once(),
        forwarded_twice(),
        forwarded_as_attachments(),
    ];
    mails.extend(BY_HAND.iter().map(|(date, template)| by_hand(date, &with_marks(template))));
    mails
}

/// Digests of a list, one by the builder and one whose parts have no header fields of their own.
pub(super) fn digests() -> Vec<SampleMail> {
    vec![digest(), by_hand(BARE_DIGEST.0, BARE_DIGEST.1)]
}

/// mixed( related( alternative( text, HTML ), picture ), PDF )
fn invitation_with_picture() -> SampleMail {
    let date = moment("7-Mar-2026 18:00:00 +0100");
    let boat = png(80, 40, |x, y| match (x, y) {
        (20..60, 24..32) => [140, 70, 20],
        (38..42, 4..24) => [60, 40, 20],
        (_, 30..) => [40, 90, 160],
        _ => [200, 225, 245],
    });
    let page = "<html><body>\n<h1>Launch!</h1>\n<p>On the <b>25th of April</b> at eleven, at the slipway.</p>\n\
                <p><img src=\"cid:boat@harbour.example\" alt=\"a boat\" width=\"160\"></p>\n\
                <p>Afterwards there is soup.</p>\n</body></html>\n";
    let alternative = multipart(
        "multipart/alternative",
        "=_words",
        vec![
            text("Launch!\n\nOn the 25th of April at eleven, at the slipway.\nAfterwards there is soup.\n"),
            html(page),
        ],
    );
    let picture = MimePart::new(ContentType::new("image/png").attribute("name", "boat.png"), boat)
        .inline()
        .cid("boat@harbour.example");
    let related = multipart("multipart/related", "=_page", vec![alternative, picture]);
    let route = pdf(&["To the slipway".to_owned(), "Left at the crane, then straight on.".to_owned()]);
    let route = MimePart::new("application/pdf", route).attachment("route.pdf");
    let body = multipart("multipart/mixed", "=_parcel", vec![related, route]);
    let builder = begin(&IMKE, &[&HANA, &SOREN, &JORG], "You are invited to the launch", date);
    finish(date, builder, body)
}

/// related( HTML, two pictures ), one named by Content-Location (RFC 2557 section 4).
fn picture_page() -> SampleMail {
    let date = moment("8-May-2026 20:15:00 +0200");
    let page = html(
        "<p>Four swifts: <img src=\"cid:swifts@example.com\"> and where they live: <img src=\"school.png\"></p>\n",
    );
    let swifts = png(48, 24, |x, y| if (x + y * 2) % 13 == 0 { [20; 3] } else { [170, 205, 240] });
    let school = png(32, 32, |_, y| if y < 12 { [150, 60, 40] } else { [220, 200, 170] });
    let parts = vec![
        page,
        MimePart::new("image/png", swifts).inline().cid("swifts@example.com"),
        MimePart::new("image/png", school).inline().location("school.png"),
    ];
    finish(
        date,
        begin(&TOVE, &[&HANA], "Swifts, with pictures", date),
        multipart("multipart/related", "=_page", parts),
    )
}

/// Multiparts in multiparts, twelve deep.
fn deep() -> SampleMail {
    const BOUNDARIES: [&str; 12] = [
        "=_doll_1",
        "=_doll_2",
        "=_doll_3",
        "=_doll_4",
        "=_doll_5",
        "=_doll_6",
        "=_doll_7",
        "=_doll_8",
        "=_doll_9",
        "=_doll_10",
        "=_doll_11",
        "=_doll_12",
    ];
    let date = moment("1-Apr-2026 11:11:00 +0200");
    let smallest = text("This is the smallest doll.\n");
    let body = BOUNDARIES.iter().rev().fold(smallest, |inner, boundary| {
        multipart("multipart/mixed", boundary, vec![text("Open me.\n"), inner])
    });
    finish(date, begin(&ZENO, &[&HANA], "A doll in a doll in a doll", date), body)
}

fn letter<'a>(from: &Person, to: &Person, subject: &'a str, date: &str) -> MessageBuilder<'a> {
    begin(from, &[to], subject, moment(date))
}

fn soup_from_ruben() -> Vec<u8> {
    let soup = letter(&RUBEN, &ASTA, "The soup of my grandmother", "2-Mar-2026 12:00:00 +0100");
    written(soup, text("Garlic, bread, paprika, water, an egg. Do not stir.\n\nRubén\n"))
}

fn soup_by_asta() -> Vec<u8> {
    let onward = letter(&ASTA, &TOVE, "Fwd: The soup of my grandmother", "2-Mar-2026 19:00:00 +0100");
    let parts = vec![text("I stirred. Do not stir.\n\nÅsta\n"), forwarded(soup_from_ruben())];
    written(onward, multipart("multipart/mixed", "=_fwd_inner", parts))
}

/// A mail in a mail.
fn forwarded_once() -> SampleMail {
    let date = moment("3-Mar-2026 07:30:00 +0100");
    let parts = vec![text("This came for you, to my address.\n\nZeno\n"), forwarded(soup_from_ruben())];
    finish(
        date,
        begin(&ZENO, &[&HANA], "Fwd: soup", date),
        multipart("multipart/mixed", "=_fwd_outer", parts),
    )
}

/// A mail in a mail in a mail.
fn forwarded_twice() -> SampleMail {
    let date = moment("3-Mar-2026 08:45:00 +0100");
    let parts = vec![text("Look what goes around.\n\nTove\n"), forwarded(soup_by_asta())];
    let subject = "Fwd: Fwd: The soup of my grandmother";
    finish(date, begin(&TOVE, &[&HANA], subject, date), multipart("multipart/mixed", "=_fwd_outer", parts))
}

/// Mails as files; and the body itself is a mail in the last of them.
fn forwarded_as_attachments() -> SampleMail {
    let date = moment("4-Mar-2026 10:00:00 +0100");
    let as_file = |mail: Vec<u8>, name: &'static str| {
        MimePart::new("message/rfc822", BodyPart::Binary(mail.into()))
            .attachment(name)
            .transfer_encoding("8bit")
    };
    let parts = vec![
        text("Both recipes, for the book.\n\nBastien\n"),
        as_file(soup_from_ruben(), "soup.eml"),
        as_file(soup_by_asta(), "soup, forwarded.eml"),
    ];
    let builder = begin(&BASTIEN, &[&HANA], "Two mails for the book", date);
    finish(date, builder, multipart("multipart/mixed", "=_files", parts))
}

/// A digest (RFC 2046 section 5.1.5) between an introduction and a footer.
fn digest() -> SampleMail {
    let date = moment("1-Feb-2026 06:00:00 +0100");
    let list = Person { name: "rust list", address: "rust@lists.example" };
    let post = |from: &Person, subject, date, words| {
        forwarded(written(letter(from, &list, subject, date), text(words)))
    };
    let posts = vec![
        post(&ZENO, "Which book first?", "30-Jan-2026 09:00:00 +0100", "The thick one or the thin one?\n"),
        post(&ODILE, "Re: Which book first?", "30-Jan-2026 10:00:00 +0100", "The one that lies open.\n"),
        post(&RUBEN, "Meeting moved", "31-Jan-2026 08:00:00 +0100", "Wednesday, same room.\n"),
    ];
    let parts = vec![
        text("Today's posts:\n\n  1. Which book first?\n  2. Re: Which book first?\n  3. Meeting moved\n"),
        multipart("multipart/digest", "=_digest", posts),
        text("-- \nrust@lists.example\n"),
    ];
    let builder = begin(&list, &[&HANA], "rust digest, 3 posts", date);
    finish(date, builder, multipart("multipart/mixed", "=_around", parts))
}

/// Puts the parts in that are long and not for reading.
fn with_marks(template: &str) -> String {
    let signature: Vec<u8> = (0..300_u16).map(|octet| (octet * 7 % 251) as u8).collect();
    let inner = moment("5-Mar-2026 09:00:00 +0100");
    template
        .replace("{base64}", base64_lines(&signature).trim_end())
        .replace("\r\n", "\n")
        .replace("{inner_date}", &date_header(inner))
        .replace("{inner_id}", &message_id(&SOREN, inner))
}

const BARE_DIGEST: (&str, &str) = (
    "8-Feb-2026 06:00:00 +0100",
    "\
From: rust list <rust@lists.example>
To: hana@example.org
Subject: rust digest, the short form
Date: {date}
Message-ID: <digest.2@lists.example>
MIME-Version: 1.0
Content-Type: multipart/digest; boundary=\"next post\"

--next post

From: zeno@example.org
Subject: Closures at breakfast
Date: Sat, 7 Feb 2026 08:00:00 +0100

They capture everything, also the jam.

--next post

From: odile@example.com
Subject: Re: Closures at breakfast
Date: Sat, 7 Feb 2026 08:30:00 +0100

Then move it.

--next post--
",
);

/// Dates and templates of what is easier to write than to build.
const BY_HAND: &[(&str, &str)] = &[
    (
        "9-Feb-2026 10:00:00 +0100",
        "\
From: Pavla <pavla@example.com>
To: hana@example.org
Subject: Signed with OpenPGP, or so it looks
Date: {date}
Message-ID: <signed.1@example.com>
MIME-Version: 1.0
Content-Type: multipart/signed; micalg=pgp-sha256;
 protocol=\"application/pgp-signature\"; boundary=\"=_signed\"

This is an OpenPGP/MIME signed message (RFC 3156 section 5).
--=_signed
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Every octet of this part counts, also the blank at the end of this line:=20
and the dash below it.
=2D- =20
Pavla

--=_signed
Content-Type: application/pgp-signature; name=\"signature.asc\"
Content-Description: OpenPGP digital signature

-----BEGIN PGP SIGNATURE-----
Comment: this proves nothing

{base64}
=AAAA
-----END PGP SIGNATURE-----

--=_signed--
",
    ),
    (
        "10-Feb-2026 10:00:00 +0100",
        "\
From: Harbour Power Cooperative <billing@power.example>
To: hana@example.org
Subject: Signed with S/MIME, or so it looks
Date: {date}
Message-ID: <signed.2@power.example>
MIME-Version: 1.0
Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";
 micalg=sha-256; boundary=\"----=_smime\"

------=_smime
Content-Type: multipart/alternative; boundary=\"----=_inside\"

------=_inside
Content-Type: text/plain; charset=us-ascii

The general meeting is on the 12th of May.

------=_inside
Content-Type: text/html; charset=us-ascii

<p>The general meeting is on the <b>12th of May</b>.</p>

------=_inside--

------=_smime
Content-Type: application/pkcs7-signature; name=\"smime.p7s\"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename=\"smime.p7s\"

{base64}

------=_smime--
",
    ),
    (
        "11-Feb-2026 10:00:00 +0100",
        "\
From: Pavla <pavla@example.com>
To: hana@example.org
Subject: ...
Date: {date}
Message-ID: <sealed.1@example.com>
MIME-Version: 1.0
Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";
 boundary=\"=_sealed\"

--=_sealed
Content-Type: application/pgp-encrypted

Version: 1

--=_sealed
Content-Type: application/octet-stream; name=\"encrypted.asc\"

-----BEGIN PGP MESSAGE-----

{base64}
=BBBB
-----END PGP MESSAGE-----

--=_sealed--
",
    ),
    (
        "5-Mar-2026 12:00:00 +0100",
        "\
From: hana@example.com
To: hana@example.org
Subject: The whole body is a mail
Date: {date}
Message-ID: <whole.1@example.com>
MIME-Version: 1.0
Content-Type: message/rfc822

From: =?iso-8859-1?Q?S=F8ren?= <soeren@harbour.example>
To: hana@example.com
Subject: Berth 14
Date: {inner_date}
Message-ID: <{inner_id}>
MIME-Version: 1.0
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

The ducks say hello, and so does the m=F8lle.
",
    ),
    (
        "6-Mar-2026 09:00:00 +0100",
        "\
From: ruben@example.com
To: hana@example.org
Subject: The rest of the fields only
Date: {date}
Message-ID: <fields.1@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/rfc822-headers

From: rub@example.com
Subject: Half a mail
Date: {inner_date}

--x
Content-Type: message/external-body; access-type=URL;
 URL=\"https://map.example/1871.tif\"

Content-Type: image/tiff
Content-ID: <map.1871@map.example>

--x
Content-Type: multipart/parallel; boundary=y

--y

No fields: this is text.
--y
Content-Type: text/x-poem

Neither is this,
but it has been told so.
--y--
--x--
",
    ),
];

#[cfg(test)]
mod tests {
    use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

    use super::*;

    fn parse(mail: SampleMail) -> Message<'static> {
        MessageParser::default().parse(&mail.octets.concat()).unwrap().into_owned()
    }

    /// The content types of a mail, a tree in brackets.
    fn shape(message: &Message<'_>, part: usize) -> String {
        let part = &message.parts[part];
        let kind = part.content_type().map_or_else(
            || "-".to_owned(),
            |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()),
        );
        let inner: Vec<String> = match &part.body {
            PartType::Multipart(parts) => parts.iter().map(|&part| shape(message, part as usize)).collect(),
            PartType::Message(message) => vec![shape(message, 0)],
            _ => return kind,
        };
        format!("{kind}({})", inner.join(" "))
    }

    #[test]
    fn parts_are_nested_as_intended() {
        let signed = |index: usize| by_hand(BY_HAND[index].0, &with_marks(BY_HAND[index].1));
        for (mail, expected) in [
            (
                invitation_with_picture(),
                "multipart/mixed(multipart/related(multipart/alternative(text/plain text/html) image/png) \
                 application/pdf)",
            ),
            (picture_page(), "multipart/related(text/html image/png image/png)"),
            (forwarded_once(), "multipart/mixed(text/plain message/rfc822(text/plain))"),
            (
                forwarded_twice(),
                "multipart/mixed(text/plain message/rfc822(multipart/mixed(text/plain message/rfc822(text/plain))))",
            ),
            (
                digest(),
                "multipart/mixed(text/plain multipart/digest(message/rfc822(text/plain) message/rfc822(text/plain) \
                 message/rfc822(text/plain)) text/plain)",
            ),
            (by_hand(BARE_DIGEST.0, BARE_DIGEST.1), "multipart/digest(-(-) -(-))"),
            (signed(0), "multipart/signed(text/plain application/pgp-signature)"),
            (
                signed(1),
                "multipart/signed(multipart/alternative(text/plain text/html) application/pkcs7-signature)",
            ),
            (signed(2), "multipart/encrypted(application/pgp-encrypted application/octet-stream)"),
            (signed(3), "message/rfc822(text/plain)"),
        ] {
            assert_eq!(shape(&parse(mail), 0), expected);
        }
    }

    #[test]
    fn the_smallest_doll_is_twelve_deep() {
        let message = parse(deep());
        let shape = shape(&message, 0);
        assert_eq!(shape.matches("multipart/mixed(").count(), 12);
        assert!(shape.ends_with(&")".repeat(12)));
        assert!(message.parts.last().is_some_and(|part| part.text_contents().unwrap().contains("smallest")));
    }

    #[test]
    fn a_picture_is_named_by_its_page() {
        let message = parse(invitation_with_picture());
        let page = message.body_html(0).unwrap();
        let picture = message.parts.iter().find(|part| part.content_id().is_some()).unwrap();
        assert!(page.contains(&format!("cid:{}", picture.content_id().unwrap())));
        assert!(picture.contents().starts_with(b"\x89PNG\r\n"));
    }
}
