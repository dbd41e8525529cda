//! Texts of messages: those that want the same share a command.

use std::collections::{HashMap, HashSet, VecDeque};

use tayori_client::{FetchAttribute, FetchItems, Row, Selected};
use tayori_proto::response::FetchItem;
use tayori_proto::types::{NonEmpty, SequenceSet, Uid, UidSet};

use super::keep::Names;
use super::look::{Content, Plan};
use super::taking::{Place, Sink, Taken, Wish};
use super::{AskedFor, Stop, View, Work};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Target;

/// Texts that are asked for in one command. Each may be a file that is open until the row ends.
const MOST_WISHES: usize = 32;

/// Octets of a command that say which texts. With the UIDs of a batch, a line stays below the 8192 octets that clients
/// are to keep to (RFC 7162 section 4).
const MOST_OCTETS: usize = 4000;

/// Messages that want the same texts, encoded in the same way.
struct Group {
    wishes: Vec<Wish>,
    plans: Vec<Plan>,
}

/// What became of the message of a row.
enum Outcome {
    Kept,
    /// It cannot be told from the others in time, so it is asked for alone.
    Alone,
}

impl Work<'_> {
    /// Asks for what is wanted of these messages, and shows or saves it.
    pub(super) async fn gather(
        &mut self,
        selected: &mut Selected<'_>,
        plans: Vec<Plan>,
    ) -> Result<(), Failure> {
        let mut groups = self.groups(plans);
        while let Some(group) = groups.pop_front() {
            for alone in self.group(selected, group).await?.into_iter().rev() {
                groups.push_front(Group { wishes: alone.wishes.clone(), plans: vec![alone] });
            }
        }
        Ok(())
    }

    /// On stdout the order counts, so only messages that follow each other are in one group.
    fn groups(&self, plans: Vec<Plan>) -> VecDeque<Group> {
        let mut groups: VecDeque<Group> = VecDeque::new();
        let mut places: HashMap<Vec<Wish>, usize> = HashMap::new();
        for plan in plans {
            let place = match self.request.target {
                Target::Stdout => {
                    groups.len().checked_sub(1).filter(|&last| groups[last].wishes == plan.wishes)
                }
                Target::File(_) | Target::Folder(_) => places.get(&plan.wishes).copied(),
            };
            match place {
                Some(place) => groups[place].plans.push(plan),
                None => {
                    places.insert(plan.wishes.clone(), groups.len());
                    groups.push_back(Group { wishes: plan.wishes.clone(), plans: vec![plan] });
                }
            }
        }
        groups
    }

    /// Serves one group; gives back what has to be asked for alone.
    async fn group(&mut self, selected: &mut Selected<'_>, group: Group) -> Result<Vec<Plan>, Failure> {
        let Group { wishes, plans } = group;
        let mut names = Names::default();
        let mut plans: HashMap<Uid, Plan> = plans.into_iter().map(|plan| (plan.uid, plan)).collect();
        let mut alone = Vec::new();
        if wishes.is_empty() {
            let mut plans: Vec<_> = plans.into_values().collect();
            plans.sort_by_key(|plan| plan.uid);
            for plan in plans {
                match self.keep(&plan, 0, Vec::new(), &mut names) {
                    Ok(()) => self.served(plan.uid),
                    Err(stop) => self.settle(stop)?,
                }
            }
            return Ok(alone);
        }
        let mut first = 0;
        while first < wishes.len() && !plans.is_empty() {
            let piece = piece(&wishes[first..]);
            let asked: UidSet = plans.keys().copied().collect();
            let Ok(messages) = SequenceSet::try_from(asked) else { break };
            let only = if plans.len() == 1 { plans.keys().next().copied() } else { None };
            let items = piece
                .iter()
                .fold(NonEmpty::one(FetchAttribute::Uid), |items, wish| items.and(wish.attribute()));
            let mut rows = selected.fetch(messages, FetchItems::Attributes(items)).await?;
            let mut seen = HashSet::new();
            loop {
                let place = self.place();
                let mut sink = Sink::new(piece, place, only, &mut *self.stdout, self.request.progress);
                let next = rows.next(&mut sink).await;
                let (taken, error) = sink.finish();
                let row = match (next, error) {
                    (Ok(Some(row)), _) => row,
                    (Ok(None), _) => break,
                    (Err(_), Some(error)) => {
                        // A name that is taken by a folder, say, is a matter of that one message only when it is
                        // given its name; while it comes, it is the disk.
                        return Err(match Stop::from(error, only, self.request.target) {
                            Stop::One(failure) | Stop::All(failure) => failure,
                            Stop::Taken(name) => Failure::new(Exit::Disk, format!("{name} is there already")),
                        });
                    }
                    (Err(error), None) => return Err(error.into()),
                };
                let Some(uid) = row.uid().or_else(|| only.filter(|_| has_any(&row, piece))) else { continue };
                let Some(plan) = plans.get(&uid).filter(|_| has_any(&row, piece) && !seen.contains(&uid))
                else {
                    continue;
                };
                seen.insert(uid);
                self.tally.uids.insert(uid);
                self.tally.numbers.extend(row.number);
                match self.row(plan, first, piece, &row, taken, &mut names) {
                    Ok(Outcome::Kept) => {}
                    Ok(Outcome::Alone) => alone.extend(plans.remove(&uid)),
                    Err(stop) => {
                        self.settle(stop)?;
                        plans.remove(&uid);
                    }
                }
            }
            let mut silent: Vec<_> = plans.keys().copied().filter(|uid| !seen.contains(uid)).collect();
            silent.sort();
            for uid in silent {
                plans.remove(&uid);
                let message = format!("UID {uid}: the server did not send what was asked for");
                let hint = "the message may be gone; see what is there, or look at the dialogue with --trace";
                self.fail_one(Failure::new(Exit::Protocol, message).hint(hint));
            }
            first += piece.len();
        }
        let mut served: Vec<_> = plans.into_keys().collect();
        served.sort();
        served.into_iter().for_each(|uid| self.served(uid));
        Ok(alone)
    }

    /// Where texts go while they come.
    fn place(&self) -> Place {
        match (self.request.view, self.request.target, self.asked_for) {
            (View::Attachments, Target::Folder(folder), AskedFor::Several) => {
                Place::FolderOfMessage(folder.clone())
            }
            (View::Part { .. } | View::Attachments, target, _) => match target.folder() {
                Some(folder) => Place::Folder(folder.to_owned()),
                None => Place::Stdout,
            },
            _ => Place::Memory,
        }
    }

    /// Takes what came with a row, if it is whole.
    fn row(
        &mut self,
        plan: &Plan,
        first: usize,
        wishes: &[Wish],
        row: &Row,
        taken: Vec<Option<Taken>>,
        names: &mut Names,
    ) -> Result<Outcome, Stop> {
        let uid = plan.uid;
        let refused =
            |message: String| Stop::One(Failure::new(Exit::Protocol, format!("UID {uid}: {message}")));
        let is_broken = row.items.iter().any(|item| matches!(item, FetchItem::Invalid { .. }));
        if is_broken || !row.defects.is_empty() {
            return Err(refused(
                "the server announced a wrong size, so what it sent may be torn; it was not kept".to_owned(),
            ));
        }
        let mut whole = Vec::new();
        for (index, (wish, taken)) in wishes.iter().zip(taken).enumerate() {
            whole.push(match taken {
                Some(Taken::Unplaced) => return Ok(Outcome::Alone),
                Some(taken) if taken.is_whole() => Some(taken),
                // `NIL` is how some servers tell of a part without an octet.
                None if wish.is_nil_in(row) && may_be_empty(plan, first + index) => None,
                _ => return Err(refused(format!("the server did not send part {}", wish.number()))),
            });
        }
        self.keep(plan, first, whole, names).map(|()| Outcome::Kept)
    }
}

/// As many texts as go into one command, at least one.
fn piece(wishes: &[Wish]) -> &[Wish] {
    let mut octets = 0;
    let fits = wishes.iter().take(MOST_WISHES).take_while(|wish| {
        octets += wish.number().len() + 40;
        octets <= MOST_OCTETS
    });
    &wishes[..fits.count().max(1)]
}

fn has_any(row: &Row, wishes: &[Wish]) -> bool {
    row.items.iter().filter_map(FetchItem::as_body).any(|(name, _)| wishes.iter().any(|wish| wish.is(&name)))
}

/// Whether the part that a wish is about may hold nothing.
fn may_be_empty(plan: &Plan, index: usize) -> bool {
    match &plan.content {
        Content::Parts(parts) => {
            parts.get(index).is_some_and(|part| part.octets.is_none_or(|octets| octets == 0))
        }
        Content::Headers | Content::Text(_) => true,
    }
}
