use crate::types::{SeqNum, Uid};

/// Which UID stands at which sequence number of the selected mailbox, as far as the server has said.
///
/// Kept as runs: a mailbox without holes is one run, whatever its size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NumberMap {
    /// Ascending by `first` and by `uid`; `runs[i].first + runs[i].len <= runs[i + 1].first`.
    runs: Vec<Run>,
}

/// Scattered UIDs make a run each. Above this many the map is forgotten: it saves a question to the server, and is
/// worth some kilobytes, not an amount that grows with the mailbox.
const RUNS: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: u32,
    uid: u32,
    len: u32,
}

impl NumberMap {
    /// Notes that this message has this UID.
    ///
    /// A server that contradicts itself (UIDs must ascend with sequence numbers, RFC 9051 section 2.3.1.1) loses what
    /// was known: nothing is better than something wrong.
    pub(crate) fn learn(&mut self, number: SeqNum, uid: Uid) {
        if self.runs.len() >= RUNS {
            self.runs.clear();
        }
        let (number, uid) = (number.value(), uid.value());
        // Mostly a row is about a message behind all that are known.
        if let Some(last) = self.runs.last_mut()
            && number.checked_sub(last.first).is_some_and(|offset| last.len <= offset)
            && uid.checked_sub(last.uid).is_some_and(|offset| last.len <= offset)
        {
            if (number - last.first, uid - last.uid) == (last.len, last.len) {
                last.len += 1;
            } else {
                self.runs.push(Run { first: number, uid, len: 1 });
            }
            return;
        }
        let at = self.runs.partition_point(|run| run.first <= number);
        let before = at.checked_sub(1).and_then(|index| self.runs.get(index)).copied();
        let after = self.runs.get(at).copied();
        if let Some(run) = before
            && number - run.first < run.len
        {
            if run.uid + (number - run.first) != uid {
                self.runs.clear();
                self.runs.push(Run { first: number, uid, len: 1 });
            }
            return;
        }
        let ordered =
            before.is_none_or(|run| run.uid + (run.len - 1) < uid) && after.is_none_or(|run| uid < run.uid);
        if !ordered {
            self.runs.clear();
            self.runs.push(Run { first: number, uid, len: 1 });
            return;
        }
        let joins_before =
            before.is_some_and(|run| run.first + run.len == number && run.uid + run.len == uid);
        let joins_after = after.is_some_and(|run| {
            number.checked_add(1) == Some(run.first) && uid.checked_add(1) == Some(run.uid)
        });
        match (joins_before, joins_after) {
            (true, true) => {
                let after = self.runs.remove(at);
                self.runs[at - 1].len += 1 + after.len;
            }
            (true, false) => self.runs[at - 1].len += 1,
            (false, true) => {
                let run = &mut self.runs[at];
                *run = Run { first: number, uid, len: run.len + 1 };
            }
            (false, false) => self.runs.insert(at, Run { first: number, uid, len: 1 }),
        }
    }

    /// The message is gone, and all behind it move down by one (RFC 9051 section 7.5.1).
    pub(crate) fn expunge(&mut self, number: SeqNum) {
        let number = number.value();
        let mut at = self.runs.partition_point(|run| run.first <= number);
        if let Some(index) = at.checked_sub(1) {
            let run = self.runs[index];
            let offset = number - run.first;
            if offset < run.len {
                // Behind the last message of a run there may be no next number and no next UID.
                let behind = (offset + 1 < run.len).then(|| Run {
                    first: number + 1,
                    uid: run.uid + offset + 1,
                    len: run.len - offset - 1,
                });
                match (offset, behind) {
                    (0, None) => {
                        self.runs.remove(index);
                        at = index;
                    }
                    (0, Some(behind)) => {
                        self.runs[index] = behind;
                        at = index;
                    }
                    (_, None) => self.runs[index].len = offset,
                    (_, Some(behind)) => {
                        self.runs[index].len = offset;
                        self.runs.insert(at, behind);
                    }
                }
            }
        }
        for run in &mut self.runs[at..] {
            run.first -= 1;
        }
    }

    /// The UID of this message, if the server has said it.
    pub(crate) fn uid(&self, number: SeqNum) -> Option<Uid> {
        let number = number.value();
        let index = self.runs.partition_point(|run| run.first <= number).checked_sub(1)?;
        let run = self.runs[index];
        let offset = number - run.first;
        if offset < run.len { Uid::new(run.uid + offset) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Learn(usize),
        Expunge(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0_usize..30).prop_map(Step::Learn),
            2 => (0_usize..30).prop_map(Step::Expunge),
        ]
    }

    proptest! {
        /// The map agrees with a plain list of messages in all it says, and knows all it was told.
        #[test]
        fn it_agrees_with_a_plain_mailbox(
            gaps in proptest::collection::vec(1_u32..3, 30),
            steps in proptest::collection::vec(step(), 0..60),
        ) {
            let mut uid = 0;
            let mut mailbox: Vec<(u32, bool)> = gaps.iter().map(|gap| { uid += gap; (uid, false) }).collect();
            let mut map = NumberMap::default();
            let number = |index: usize| SeqNum::new(index as u32 + 1).unwrap();
            for step in steps {
                match step {
                    Step::Learn(index) if index < mailbox.len() => {
                        mailbox[index].1 = true;
                        map.learn(number(index), Uid::new(mailbox[index].0).unwrap());
                    }
                    Step::Expunge(index) if index < mailbox.len() => {
                        mailbox.remove(index);
                        map.expunge(number(index));
                    }
                    _ => {}
                }
                for (index, &(uid, known)) in mailbox.iter().enumerate() {
                    prop_assert_eq!(map.uid(number(index)).map(Uid::value), known.then_some(uid));
                }
                prop_assert_eq!(map.uid(number(mailbox.len())), None);
            }
        }
    }

    #[test]
    fn the_last_number_and_the_last_uid_can_go() {
        for number in [5, u32::MAX] {
            let mut map = NumberMap::default();
            let number = SeqNum::new(number).unwrap();
            map.learn(number, Uid::new(u32::MAX).unwrap());
            map.expunge(number);
            assert_eq!(map, NumberMap::default());
        }
    }

    #[test]
    fn a_full_mailbox_is_one_run_and_a_contradiction_clears_it() {
        let mut map = NumberMap::default();
        for number in (1..=1000).rev() {
            map.learn(SeqNum::new(number).unwrap(), Uid::new(number + 7).unwrap());
        }
        assert_eq!(map.runs.len(), 1);
        map.learn(SeqNum::new(500).unwrap(), Uid::new(3).unwrap());
        assert_eq!(map.uid(SeqNum::new(499).unwrap()), None);
        assert_eq!(map.uid(SeqNum::new(500).unwrap()), Uid::new(3));
    }
}
