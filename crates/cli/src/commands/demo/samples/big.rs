use bytes::Bytes;

use super::SampleMail;
use super::compose::{base64_lines, crlf, date_header, message_id, moment};
use super::noise::Noise;
use super::people::SOREN;

/// A mail of a little more than 50 MiB: a recording that is attached in base64. The pieces between its first and its
/// last are the same block, so that all of it costs one MiB.
pub(super) fn mail() -> SampleMail {
    let date = moment("14-Nov-2025 21:05:00 +0100");
    let block = Bytes::from(base64_lines(&Noise::new(50).octets(BLOCK)));
    let head = crlf(&HEAD.replace("{date}", &date_header(date)).replace("{id}", &message_id(&SOREN, date)));
    let mut octets = vec![Bytes::from(head + &base64_lines(&start_of_recording()))];
    octets.extend(std::iter::repeat_n(block, BLOCKS));
    octets.push(Bytes::from(crlf("\n--=_rain_on_the_roof--\n")));
    SampleMail { flags: Vec::new(), date, octets }
}

/// Octets of sound in a block: whole lines of base64, a little above one MiB with their line ends.
const BLOCK: usize = 13_444 * 57;
const BLOCKS: usize = 50;
/// Samples that stand behind the 44 octets of the header, so that both fill two lines of base64.
const FIRST_SAMPLES: usize = 2 * 57 - 44;

/// The header of a WAV file (8 bit, mono, 44,100 samples a second) and its first samples.
fn start_of_recording() -> Vec<u8> {
    let samples =
        u32::try_from(FIRST_SAMPLES + BLOCK * BLOCKS).expect("37 MiB of samples have a short length");
    let mut start = b"RIFF".to_vec();
    start.extend_from_slice(&(36 + samples).to_le_bytes());
    start.extend_from_slice(b"WAVEfmt ");
    start.extend_from_slice(&16_u32.to_le_bytes());
    start.extend_from_slice(&1_u16.to_le_bytes());
    start.extend_from_slice(&1_u16.to_le_bytes());
    start.extend_from_slice(&44_100_u32.to_le_bytes());
    start.extend_from_slice(&44_100_u32.to_le_bytes());
    start.extend_from_slice(&1_u16.to_le_bytes());
    start.extend_from_slice(&8_u16.to_le_bytes());
    start.extend_from_slice(b"data");
    start.extend_from_slice(&samples.to_le_bytes());
    start.extend_from_slice(&Noise::new(5).octets(FIRST_SAMPLES));
    start
}

const HEAD: &str = "\
From: =?utf-8?Q?S=C3=B8ren_Kjelstrup?= <soeren@harbour.example>
To: Hana Lindqvist <hana@example.org>
Subject: The rain, all of it (a large file)
Date: {date}
Message-ID: <{id}>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=\"=_rain_on_the_roof\"

--=_rain_on_the_roof
Content-Type: text/plain; charset=us-ascii

Hello Hana,

you asked for the recording from the boathouse. I did not cut it and I did
not compress it, so it is rather large. Fourteen minutes of rain on a tin
roof. It does not change much, which is what I like about it.

Soren

--=_rain_on_the_roof
Content-Type: audio/wav; name=\"rain.wav\"
Content-Disposition: attachment; filename=\"rain.wav\"
Content-Transfer-Encoding: base64

";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use mail_parser::{MessageParser, MimeHeaders};

    use super::*;

    #[test]
    fn the_big_mail_has_its_size_and_costs_little() {
        let mail = mail();
        assert!((52_428_800..52_440_000).contains(&mail.size()), "{}", mail.size());
        let distinct: HashSet<(usize, usize)> =
            mail.octets.iter().map(|piece| (piece.as_ptr() as usize, piece.len())).collect();
        let held: usize = distinct.iter().map(|(_, length)| length).sum();
        assert!(held < 1_100_000, "{held}");
    }

    #[test]
    fn the_recording_comes_out_whole() {
        let octets = mail().octets.concat();
        let message = MessageParser::default().parse(&octets).unwrap();
        let recording = message.attachment(0).unwrap();
        assert_eq!(recording.attachment_name(), Some("rain.wav"));
        let content = recording.contents();
        assert_eq!(content.len(), 44 + FIRST_SAMPLES + BLOCK * BLOCKS);
        assert_eq!(&content[..4], b"RIFF");
        let told = u32::from_le_bytes(content[4..8].try_into().unwrap());
        assert_eq!(told as usize, content.len() - 8);
        let block = Noise::new(50).octets(BLOCK);
        assert!(content[44 + FIRST_SAMPLES..].chunks(BLOCK).all(|samples| samples == block));
    }
}
