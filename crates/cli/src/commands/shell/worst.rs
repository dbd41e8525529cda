//! How bad the worst answer was, which is the exit code of a script.

use tayori_proto::response::TaggedStatus;

use crate::exit::Exit;

/// The worst so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Worst(Option<Exit>);

impl Worst {
    /// A command was answered like this.
    pub(super) fn answer(&mut self, status: TaggedStatus) {
        match status {
            TaggedStatus::Ok => {}
            TaggedStatus::No => self.take(Exit::AnsweredNo),
            // What is no status is no answer that a client could go on with.
            _ => self.take(Exit::AnsweredBad),
        }
    }

    /// Something else went wrong.
    pub(super) fn failure(&mut self, exit: Exit) {
        self.take(exit);
    }

    pub(super) fn exit(self) -> Exit {
        self.0.unwrap_or(Exit::Done)
    }

    fn take(&mut self, exit: Exit) {
        if self.0.is_none_or(|worst| rank(worst) < rank(exit)) {
            self.0 = Some(exit);
        }
    }
}

/// A NO is an answer, BAD means that nothing was understood, and after a lost connection nobody knows what was done.
fn rank(exit: Exit) -> u8 {
    match exit {
        Exit::Done => 0,
        Exit::AnsweredNo => 1,
        Exit::AnsweredBad => 2,
        Exit::Network => 4,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_counts() {
        let check = |all: &[Exit], expected: Exit| {
            let mut worst = Worst::default();
            for exit in all {
                match exit {
                    Exit::Done => worst.answer(TaggedStatus::Ok),
                    Exit::AnsweredNo => worst.answer(TaggedStatus::No),
                    Exit::AnsweredBad => worst.answer(TaggedStatus::Bad),
                    other => worst.failure(*other),
                }
            }
            assert_eq!(worst.exit(), expected, "{all:?}");
        };
        check(&[], Exit::Done);
        check(&[Exit::Done, Exit::AnsweredNo, Exit::Done], Exit::AnsweredNo);
        check(&[Exit::AnsweredBad, Exit::AnsweredNo], Exit::AnsweredBad);
        check(&[Exit::AnsweredBad, Exit::Disk, Exit::AnsweredNo], Exit::Disk);
        check(&[Exit::Disk, Exit::Usage], Exit::Disk);
        check(&[Exit::Disk, Exit::Network, Exit::Usage], Exit::Network);
    }
}
