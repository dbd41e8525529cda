//! Whole mailboxes: how many mails, and which.

use std::io::{self, Read, Write};

use super::big_mail::BigMail;
use super::mixed_mail::MixedMail;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mailbox {
    /// What people have: mostly small mails, some with large attachments. A smaller mailbox is the beginning of
    /// a larger one.
    Mixed { mails: u32 },
    /// Mails of one size in octets, at least 1,500.
    Equal { mails: u32, size: u64 },
    /// One mail of this size in octets.
    One { size: u64 },
}

impl Mailbox {
    pub(crate) fn mails(self) -> u32 {
        match self {
            Self::Mixed { mails } | Self::Equal { mails, .. } => mails,
            Self::One { .. } => 1,
        }
    }

    /// The size of a mail in octets, exactly what [`Mailbox::write`] writes. The first mail has number 0.
    pub(crate) fn size_of(self, number: u32) -> u64 {
        match self {
            Self::Mixed { .. } => MixedMail::new(number).size(),
            Self::Equal { size, .. } | Self::One { size } => size,
        }
    }

    /// All mails together, in octets.
    pub(crate) fn size(self) -> u64 {
        (0..self.mails()).map(|number| self.size_of(number)).sum()
    }

    /// Writes a mail in pieces: none is kept whole.
    pub(crate) fn write(self, number: u32, to: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Mixed { .. } => MixedMail::new(number).write(to),
            Self::Equal { size, .. } => MixedMail::with_size(number, size).write(to),
            Self::One { size } => write_big(size, to),
        }
    }
}

fn write_big(size: u64, to: &mut impl Write) -> io::Result<()> {
    let mut mail = BigMail::new(size);
    let mut block = vec![0; 64 * 1024];
    loop {
        match mail.read(&mut block)? {
            0 => return Ok(()),
            length => to.write_all(&block[..length])?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(mailbox: Mailbox, number: u32) -> Vec<u8> {
        let mut octets = Vec::new();
        mailbox.write(number, &mut octets).expect("it is written to memory");
        octets
    }

    #[test]
    fn mails_have_the_size_that_is_said() {
        for mailbox in [
            Mailbox::Mixed { mails: 120 },
            Mailbox::Equal { mails: 50, size: 4096 },
            Mailbox::Equal { mails: 50, size: 1500 },
            Mailbox::One { size: 200_000 },
        ] {
            for number in 0..mailbox.mails() {
                let length = written(mailbox, number).len() as u64;
                assert_eq!(length, mailbox.size_of(number), "mail {number} of {mailbox:?}");
            }
        }
    }

    #[test]
    fn a_small_mailbox_is_the_beginning_of_a_large_one() {
        let (small, large) = (Mailbox::Mixed { mails: 40 }, Mailbox::Mixed { mails: 10_000 });
        for number in 0..40 {
            assert_eq!(written(small, number), written(large, number));
        }
    }

    /// The figures that the documentation gives for the mailbox.
    #[test]
    fn sizes_are_as_people_have_them() {
        for mails in [1_000, 10_000] {
            let mailbox = Mailbox::Mixed { mails };
            let mut sizes: Vec<u64> = (0..mails).map(|number| mailbox.size_of(number)).collect();
            sizes.sort_unstable();
            let at = |per_mille: u32| sizes[(mails * per_mille / 1000) as usize];
            let mean = mailbox.size() / u64::from(mails);
            assert!((7_400..=8_800).contains(&at(500)), "median {}", at(500));
            assert!((23_000..=31_000).contains(&at(900)), "p90 {}", at(900));
            assert!((56_000..=68_000).contains(&mean), "mean {mean}");
            let large = sizes.iter().filter(|&&size| size >= 1_000_000).count();
            assert_eq!(large, mails as usize / 50);
            assert!(sizes.iter().all(|&size| size <= 5_000_000));
        }
    }
}
