//! Commands about more messages than a server takes at a time (RFC 9738).
//!
//! Such a server does a part, the messages from the highest UID down, and says so in a code of its OK. Nothing that
//! ends like this counts as done: every command fails with [`Error::CutShort`], unless it is one of those here, which
//! go on below the UID that was reached.

use tayori_proto::command::{Command, FetchMessages, SearchKey};
use tayori_proto::response::{Response, Status, StatusKind};
use tayori_proto::session::Completion;
use tayori_proto::types::{Bound, SequenceSet, Uid, UidSet};

use crate::error::Error;
use crate::selected::Selected;

/// What is left of a set of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rest<T> {
    Nothing,
    Some(T),
    /// It cannot be told, or is as much as before.
    Unknown,
}

/// What of the messages lies below the lowest that the server has looked at.
pub(crate) fn rest_of(asked: &SequenceSet<Uid>, lowest: Uid) -> Rest<SequenceSet<Uid>> {
    // A `*` stands for the highest message, which the server has looked at first.
    let asked = asked.resolve(Some(Uid::MAX));
    let Some(below) = below(lowest) else { return Rest::Nothing };
    let rest = asked.intersection(&below);
    if rest == asked {
        return Rest::Unknown;
    }
    SequenceSet::try_from(rest).map_or(Rest::Nothing, Rest::Some)
}

/// The same of what a FETCH is about: only where its messages are named by UID, and all of them are meant.
pub(crate) fn rest_of_fetch(asked: &FetchMessages, lowest: Uid) -> Rest<FetchMessages> {
    let FetchMessages::Uids { set, changed_since, partial: None } = asked else { return Rest::Unknown };
    match rest_of(set, lowest) {
        Rest::Some(set) => {
            Rest::Some(FetchMessages::Uids { set, changed_since: *changed_since, partial: None })
        }
        Rest::Nothing => Rest::Nothing,
        Rest::Unknown => Rest::Unknown,
    }
}

fn below(uid: Uid) -> Option<UidSet> {
    let highest = Uid::new(uid.value() - 1)?;
    Some(UidSet::from_range(Uid::MIN..=highest))
}

impl Selected<'_> {
    /// How many messages one command may be about, where the server bounds it (RFC 9738 section 3).
    ///
    /// It need not be kept to: [`Selected::fetch`] by UID, the searches by [`Selected::uid_search`],
    /// [`Selected::search`] and [`Selected::find`], [`Selected::store`] by UID, [`Selected::move_messages`] by UID,
    /// [`Selected::uid_expunge`] and [`Selected::relocate`] go on by themselves where the server stops. Whatever else
    /// it cuts short fails with [`Error::CutShort`], which tells how far it came.
    pub async fn message_limit(&mut self) -> Result<Option<u32>, Error> {
        Ok(self.capabilities().await?.message_limit())
    }

    /// Runs a command for these messages, in as many commands as it takes to keep each short, and again for what the
    /// server has left over. Takes all data into `all`; what each OK has said in a code stands among it. An error that
    /// carries data takes them from there.
    pub(crate) async fn run_in_turns(
        &mut self,
        uids: SequenceSet<Uid>,
        command: impl Fn(SequenceSet<Uid>) -> Command,
        all: &mut Vec<Response>,
    ) -> Result<(), Error> {
        let mut left = self.cut(uids, &command);
        while let Some(part) = left.pop_front() {
            let mut data = Vec::new();
            let outcome = self.collect_into(command(part.clone()), &mut data).await;
            all.extend(data);
            match outcome {
                Ok(done) => {
                    let Completion { code, text, .. } = done.completion;
                    if code.is_some() {
                        all.push(Response::Status(Status { kind: StatusKind::Ok, code, text }));
                    }
                }
                // What was done before is told with whatever stops it.
                Err(error) => {
                    let cut = error.behind(all);
                    let Error::CutShort { lowest: Some(lowest), .. } = cut else { return Err(cut) };
                    match rest_of(&part, lowest) {
                        Rest::Nothing => {}
                        Rest::Some(rest) => left.push_front(rest),
                        Rest::Unknown => return Err(cut),
                    }
                    *all = cut.into_data();
                }
            }
            if all.len() > self.collected_responses() && !left.is_empty() {
                return Err(Error::TooMuch { command: command(part).name().into_owned() });
            }
        }
        Ok(())
    }

    /// Searches, and goes on below where the server has stopped. Each answer is about other messages.
    pub(crate) async fn search_in_turns(
        &mut self,
        key: SearchKey,
        command: impl Fn(SearchKey) -> Command,
    ) -> Result<Vec<Response>, Error> {
        let mut all = Vec::new();
        let mut reached: Option<Uid> = None;
        loop {
            let narrowed = match reached.map(|uid| Uid::new(uid.value() - 1)) {
                None => key.clone(),
                Some(None) => return Ok(all),
                Some(Some(highest)) => {
                    let below = SequenceSet::range(Bound::Id(Uid::MIN), Bound::Id(highest));
                    key.clone().and(SearchKey::Uid(below))
                }
            };
            let cut = match self.run(command(narrowed)).await {
                Ok(data) => {
                    all.extend(data);
                    return Ok(all);
                }
                Err(error) => error.behind(&mut all),
            };
            match cut {
                Error::CutShort { lowest: Some(lowest), .. } if reached.is_none_or(|last| lowest < last) => {
                    reached = Some(lowest);
                    all = cut.into_data();
                }
                other => return Err(other),
            }
            if all.len() > self.collected_responses() {
                return Err(Error::TooMuch { command: "SEARCH".to_owned() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(asked: &str, lowest: u32, expected: &str) {
        let rest = rest_of(&asked.parse().unwrap(), Uid::new(lowest).unwrap());
        let told = match rest {
            Rest::Nothing => "nothing".to_owned(),
            Rest::Unknown => "unknown".to_owned(),
            Rest::Some(set) => set.to_string(),
        };
        assert_eq!(told, expected, "{asked} {lowest}");
    }

    #[test]
    fn what_is_left_lies_below() {
        check("1:10", 6, "1:5");
        check("1:10", 1, "nothing");
        check("3,7,9", 7, "3");
        check("3,7,9", 2, "nothing");
        check("1:*", 500, "1:499");
        check("5:*", 4, "nothing");
        check("*", 9, "nothing");
        check("*:3", 9, "3:8");
        // A server that has looked at none of them would be asked the same for ever.
        check("1:10", 11, "unknown");
        check("1:10", u32::MAX, "unknown");
    }
}
