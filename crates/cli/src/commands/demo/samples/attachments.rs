//! Files that travel with a mail, and the ways their names are written.

use mail_builder::mime::MimePart;
use tayori_proto::types::InternalDate;

use super::SampleMail;
use super::compose::{base64_lines, begin, crlf, date_header, finish, message_id, moment, multipart, text};
use super::files::{pdf, png};
use super::people::{ASTA, BASTIEN, HANA, IMKE, KAEDE, MAREK, ODILE, PAVLA, Person, REN, RUBEN, TOVE};

pub(super) fn mails() -> Vec<SampleMail> {
    let mut mails = vec![pictures(), songbook(), recipes(), everything(), only_a_file()];
    mails.extend(NAMED.iter().map(NamedFile::mail));
    mails
}

fn with_files(
    from: &Person,
    subject: &str,
    date: InternalDate,
    note: &str,
    files: Vec<MimePart<'_>>,
) -> SampleMail {
    let mut parts = vec![text(note)];
    parts.extend(files);
    finish(date, begin(from, &[&HANA], subject, date), multipart("multipart/mixed", "=_parcel", parts))
}

/// Two pictures.
fn pictures() -> SampleMail {
    let sunset = png(90, 60, |_, y| [255 - y, 140 - y * 2, 40 + y * 3]);
    let chessboard =
        png(64, 64, |x, y| if (x / 8 + y / 8) % 2 == 0 { [240, 217, 181] } else { [120, 80, 50] });
    with_files(
        &TOVE,
        "Two pictures",
        moment("12-Jan-2026 16:05:00 +0100"),
        "The evening from the mole, and the board I painted for the school.\n\nTove\n",
        vec![
            MimePart::new("image/png", sunset).attachment("evening.png"),
            MimePart::new("image/png", chessboard).attachment("board.png"),
        ],
    )
}

/// A PDF, and a name that is not ASCII (RFC 2231).
fn songbook() -> SampleMail {
    let lines =
        ["Dances", "1. From the harbour", "2. Over the dyke", "3. Home, by the long way"].map(str::to_owned);
    with_files(
        &ODILE,
        "Partitions",
        moment("23-Jan-2026 08:30:00 +0100"),
        "Voici les partitions pour jeudi.\n\nOdile\n",
        vec![MimePart::new("application/pdf", pdf(&lines)).attachment("Danses d’été – flûte.pdf")],
    )
}

/// Text files, which a reader may show in place.
fn recipes() -> SampleMail {
    with_files(
        &ASTA,
        "Two recipes, as promised",
        moment("2-Mar-2026 09:00:00 +0100"),
        "The soup and the bread. The bread is more important.\n\nÅsta\n",
        vec![
            MimePart::new("text/plain", crlf("Soup\n\nleeks, potatoes, thyme, time\n"))
                .attachment("soup.txt"),
            MimePart::new("text/plain", crlf("Bröd\n\nmjöl, vatten, salt, en natt\n")).attachment("bröd.txt"),
            MimePart::new("text/markdown", crlf("# Both\n\n1. bread\n2. soup\n")).inline(),
        ],
    )
}

/// One of each kind.
fn everything() -> SampleMail {
    let card = crlf(
        "BEGIN:VCARD\nVERSION:4.0\nFN:Marek Dobrusek\nORG:The Workshop\nEMAIL:marek@workshop.example\n\
         END:VCARD\n",
    );
    let prices = crlf("item;price\nmainspring;35\nspider;0\n\"oil, light\";4\n");
    let archive: Vec<u8> = (0..=u8::MAX).cycle().take(2_000).collect();
    with_files(
        &MAREK,
        "Price list, card, drawing, and all octets there are",
        moment("16-Jan-2026 10:20:00 +0100"),
        "Hello Hana,\n\nthe price list as a table, my card, a drawing of the escapement, and a file\nfor the machine.\n\n\
         Marek\n",
        vec![
            MimePart::new("text/csv", prices).attachment("prices.csv"),
            MimePart::new("text/vcard", card).attachment("marek.vcf"),
            MimePart::new("image/png", png(40, 40, |x, y| if x == y { [0; 3] } else { [255; 3] }))
                .attachment("escapement.png"),
            MimePart::new("application/octet-stream", archive).attachment("wheel.bin"),
        ],
    )
}

/// The mail is the file; there is no multipart around it.
fn only_a_file() -> SampleMail {
    let date = moment("28-Feb-2026 07:00:00 +0100");
    let body = MimePart::new("application/pdf", pdf(&["Scanned page 1 of 1".to_owned()]))
        .attachment("scan-0001.pdf");
    finish(date, begin(&IMKE, &[&HANA], "Scan", date), body)
}

/// A file with its name as some mail program writes it.
struct NamedFile {
    date: &'static str,
    from: Person,
    subject: &'static str,
    /// The fields of the part, lines ended by LF.
    fields: &'static str,
    content: &'static [u8],
}

impl NamedFile {
    fn mail(&self) -> SampleMail {
        let date = moment(self.date);
        let head = format!(
            "From: <{from}>\nTo: <{to}>\nSubject: {subject}\nDate: {shown}\nMessage-ID: <{id}>\nMIME-Version: 1.0\n\
             Content-Type: multipart/mixed; boundary=\"--named--\"\n\nThis is a mail in the format MIME.\n\
             ----named--\nContent-Type: text/plain\n\nThe file is attached.\n\n----named--\n{fields}\
             Content-Transfer-Encoding: base64\n\n",
            from = self.from.address,
            to = HANA.address,
            subject = self.subject,
            shown = date_header(date),
            id = message_id(&self.from, date),
            fields = self.fields,
        );
        let mail = crlf(&head) + &base64_lines(self.content) + "\r\n----named----\r\n";
        SampleMail::new(date, mail.into_bytes())
    }
}

const NAMED: &[NamedFile] = &[
    NamedFile {
        date: "6-Feb-2026 08:00:00 +0100",
        from: PAVLA,
        subject: "A name with its charset (RFC 2231 section 4)",
        fields: "\
Content-Type: text/plain
Content-Disposition: attachment;
 filename*=UTF-8''p%C5%99%C3%ADloha%20k%20smlouv%C4%9B.txt
",
        content: b"annex\r\n",
    },
    NamedFile {
        date: "6-Feb-2026 08:10:00 +0100",
        from: BASTIEN,
        subject: "A name with its language (RFC 2231 section 4)",
        fields: "\
Content-Type: text/plain
Content-Disposition: attachment;
 filename*=iso-8859-1'fr'Semis%20d%27%E9t%E9.txt
",
        content: b"haricots\r\n",
    },
    NamedFile {
        date: "6-Feb-2026 08:20:00 +0100",
        from: RUBEN,
        subject: "A name in pieces (RFC 2231 section 3)",
        fields: "\
Content-Type: application/octet-stream
Content-Disposition: attachment;
 filename*0=\"a-map-of-all-the-paths-between-the-harbour-and-\";
 filename*1=\"the-second-bridge-as-they-were-before-the-\";
 filename*2=\"flood.map\"
",
        content: b"path;metres\n",
    },
    NamedFile {
        date: "6-Feb-2026 08:30:00 +0100",
        from: IMKE,
        subject: "A name in pieces, some of them encoded (RFC 2231 section 4.1)",
        fields: "\
Content-Type: application/octet-stream;
 name*0*=utf-8'de'%C3%9Cbersicht%20der%20;
 name*1*=Anstriche%20f%C3%BCr%20die%20;
 name*2=\"Saison 2026.dat\"
Content-Disposition: attachment;
 filename*0*=utf-8'de'%C3%9Cbersicht%20der%20;
 filename*1*=Anstriche%20f%C3%BCr%20die%20;
 filename*2=\"Saison 2026.dat\"
",
        content: &[1, 2, 3, 0, 255, 254],
    },
    NamedFile {
        date: "6-Feb-2026 08:40:00 +0100",
        from: TOVE,
        subject: "An encoded word as a name, which RFC 2047 section 5 forbids",
        fields: "\
Content-Type: text/plain; name=\"=?utf-8?B?RsOkaHJwbGFuLnR4dA==?=\"
Content-Disposition: attachment; filename=\"=?utf-8?B?RsOkaHJwbGFuLnR4dA==?=\"
",
        content: b"07:10\r\n08:40\r\n",
    },
    NamedFile {
        date: "6-Feb-2026 08:50:00 +0100",
        from: ODILE,
        subject: "Encoded words without quotes as a name",
        fields: "\
Content-Type: text/plain
Content-Disposition: attachment; filename==?iso-8859-1?Q?partition_r=E9vis=E9e.txt?=
",
        content: b"do re mi\r\n",
    },
    NamedFile {
        date: "6-Feb-2026 09:00:00 +0900",
        from: REN,
        subject: "A Japanese name, ISO-2022-JP in an encoded word",
        fields: "\
Content-Type: application/octet-stream;
 name=\"=?ISO-2022-JP?B?GyRCRnxLXBsoQi50eHQ=?=\"
Content-Disposition: attachment;
 filename=\"=?ISO-2022-JP?B?GyRCRnxLXBsoQi50eHQ=?=\"
",
        content: b"\x1B$BF|K\\\x1B(B\r\n",
    },
    NamedFile {
        date: "6-Feb-2026 09:10:00 +0900",
        from: KAEDE,
        subject: "A Japanese name, Shift_JIS (RFC 2231)",
        fields: "\
Content-Type: application/octet-stream
Content-Disposition: attachment; filename*=shift_jis'ja'%93%FA%96%7B.txt
",
        content: b"\x93\xFA\x96\x7B\r\n",
    },
    NamedFile {
        date: "6-Feb-2026 09:20:00 +0100",
        from: BASTIEN,
        subject: "Only Content-Type has the name",
        fields: "Content-Type: text/plain; name=seeds.txt\n",
        content: b"marigolds\r\n",
    },
    NamedFile {
        date: "6-Feb-2026 09:30:00 +0100",
        from: MAREK,
        subject: "A name with quotes, a semicolon and a backslash",
        fields: "\
Content-Type: text/plain
Content-Disposition: attachment; filename=\"the \\\"big\\\" clock; front\\\\back.txt\"
",
        content: b"tick\r\n",
    },
    NamedFile {
        date: "6-Feb-2026 09:40:00 +0100",
        from: RUBEN,
        subject: "A name that would leave its folder",
        fields: "\
Content-Type: text/plain
Content-Disposition: attachment; filename=\"../../somewhere/else.txt\"
",
        content: b"stay\r\n",
    },
];

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders};

    use super::*;

    #[test]
    fn named_files_come_out() {
        let names = [
            "příloha k smlouvě.txt",
            "Semis d'été.txt",
            "a-map-of-all-the-paths-between-the-harbour-and-the-second-bridge-as-they-were-before-the-flood.map",
            "Übersicht der Anstriche für die Saison 2026.dat",
            "Fährplan.txt",
            "partition révisée.txt",
            "日本.txt",
            "日本.txt",
            "seeds.txt",
            "the \"big\" clock; front\\back.txt",
            "../../somewhere/else.txt",
        ];
        assert_eq!(names.len(), NAMED.len());
        for (file, name) in NAMED.iter().zip(names) {
            let octets = file.mail().octets.concat();
            let message = MessageParser::default().parse(&octets).unwrap();
            // A text may count as the second part of the body.
            let part = &message.parts[2];
            assert_eq!(part.attachment_name(), Some(name), "{}", file.subject);
            assert_eq!(part.contents(), file.content, "{}", file.subject);
        }
    }

    #[test]
    fn files_of_the_builder_come_out() {
        let csv: &[u8] = b"item;price\r\nmainspring;35\r\nspider;0\r\n\"oil, light\";4\r\n";
        let all_octets: Vec<u8> = (0..=255).cycle().take(2_000).collect();
        for (mail, name, content) in [
            (everything(), "prices.csv", csv),
            (everything(), "wheel.bin", &all_octets),
            (songbook(), "Danses d’été – flûte.pdf", b"%PDF-1.4\n"),
            (recipes(), "bröd.txt", "Bröd\r\n\r\nmjöl, vatten, salt, en natt\r\n".as_bytes()),
            (only_a_file(), "scan-0001.pdf", b"%PDF-1.4\n"),
            (pictures(), "board.png", b"\x89PNG\r\n\x1A\n"),
        ] {
            let octets = mail.octets.concat();
            let message = MessageParser::default().parse(&octets).unwrap();
            let part = message.parts.iter().find(|part| part.attachment_name() == Some(name)).unwrap();
            assert!(part.contents().starts_with(content), "{name}");
        }
    }
}
