//! How many there are, in words.

/// `1 message`, `2 messages`.
pub(crate) fn count(number: u64, one: &str, several: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {several}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_several() {
        for (number, expected) in [(0, "0 messages"), (1, "1 message"), (2, "2 messages")] {
            assert_eq!(count(number, "message", "messages"), expected);
        }
    }
}
