//! Small files to attach, valid so that a viewer opens them.

/// A PDF of one page with these lines, which are printable ASCII without parentheses and backslashes.
pub(super) fn pdf(lines: &[String]) -> Vec<u8> {
    let mut page = String::from("BT /F1 12 Tf 72 770 Td 16 TL\n");
    for line in lines {
        page.push_str(&format!("({line}) Tj T*\n"));
    }
    page.push_str("ET\n");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{page}endstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    // The second line tells programs that transport files that this one is binary.
    let mut file = b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut places = String::from("0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        places.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", index + 1).as_bytes());
    }
    let table = file.len();
    let count = objects.len() + 1;
    file.extend_from_slice(format!("xref\n0 {count}\n{places}").as_bytes());
    file.extend_from_slice(
        format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").as_bytes(),
    );
    file
}

/// A PNG of `width` times `height` pixels, 1 to 100 each, with the colour (red, green, blue) that `colour` gives to
/// each place. The octets are not compressed, so that no library is needed.
pub(super) fn png(width: u8, height: u8, colour: impl Fn(u8, u8) -> [u8; 3]) -> Vec<u8> {
    let mut rows = Vec::new();
    for y in 0..height {
        rows.push(0); // Each row names its filter: none.
        for x in 0..width {
            rows.extend_from_slice(&colour(x, y));
        }
    }
    let length = u16::try_from(rows.len()).expect("100 rows of 301 octets are one block");
    let mut stream = vec![0x78, 0x01, 0x01];
    stream.extend_from_slice(&length.to_le_bytes());
    stream.extend_from_slice(&(!length).to_le_bytes());
    stream.extend_from_slice(&rows);
    stream.extend_from_slice(&adler32(&rows).to_be_bytes());

    let mut header = Vec::new();
    header.extend_from_slice(&u32::from(width).to_be_bytes());
    header.extend_from_slice(&u32::from(height).to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 0]);

    let mut file = b"\x89PNG\r\n\x1A\n".to_vec();
    for (kind, content) in [(b"IHDR", header), (b"IDAT", stream), (b"IEND", Vec::new())] {
        let length = u32::try_from(content.len()).expect("a block of 64 KiB has a short length");
        file.extend_from_slice(&length.to_be_bytes());
        let start = file.len();
        file.extend_from_slice(kind);
        file.extend_from_slice(&content);
        let sum = crc32(&file[start..]);
        file.extend_from_slice(&sum.to_be_bytes());
    }
    file
}

fn adler32(octets: &[u8]) -> u32 {
    let (mut low, mut high) = (1_u32, 0_u32);
    for &octet in octets {
        low = (low + u32::from(octet)) % 65_521;
        high = (high + low) % 65_521;
    }
    high << 16 | low
}

fn crc32(octets: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for &octet in octets {
        sum ^= u32::from(octet);
        for _ in 0..8 {
            let carry = sum & 1;
            sum >>= 1;
            if carry == 1 {
                sum ^= 0xEDB8_8320;
            }
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_the_known_ones() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b"IEND"), 0xAE42_6082);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
    }

    #[test]
    fn the_table_of_a_pdf_points_at_its_objects() {
        let file = pdf(&["one line".to_owned()]);
        let text = String::from_utf8_lossy(&file);
        let table = text.split("xref\n0 6\n").nth(1).unwrap();
        for (number, row) in table.lines().skip(1).take(5).enumerate() {
            let place: usize = row[..10].parse().unwrap();
            let object = format!("{} 0 obj\n", number + 1);
            assert!(file[place..].starts_with(object.as_bytes()), "object {}", number + 1);
        }
    }
}
