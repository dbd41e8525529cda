//! Texts of messages: those that want the same share a command.

use std::collections::{HashMap, HashSet, VecDeque};

use tayori_client::{FetchAttribute, FetchItems, Row, Selected};
use tayori_proto::response::FetchItem;
use tayori_proto::types::{NonEmpty, SequenceSet, Uid, UidSet};

use super::keep::Names;
use super::look::{Content, Plan};
use super::taking::{Place, Sink, Taken};
use super::wish::Wish;
use super::{AskedFor, BATCH, Work};
use crate::cli::View;
use crate::download::{MOST_LINE_OCTETS, OCTETS_OF_A_UID, Setback, unwritten};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Target;

/// Texts that are asked for in one command. Each may be a file that is open until the row ends.
const MOST_WISHES: usize = 32;

/// Octets of a command that say which texts.
const MOST_OCTETS: usize = 4000;

// With the UIDs of a batch and the name of the command they fit into a line.
const _: () = assert!(MOST_OCTETS + BATCH * OCTETS_OF_A_UID + 128 <= MOST_LINE_OCTETS);

/// Octets of what is asked for around the number of a part: ` BODY.PEEK[]<0.12582912>`, and some room.
const AROUND_A_NUMBER: usize = 40;

/// Messages that want the same texts, encoded in the same way.
struct Group {
    wishes: Vec<Wish>,
    plans: Vec<Plan>,
}

/// The messages of a group while their texts come.
struct Gathering {
    /// Those of which all that was asked for so far is kept.
    plans: HashMap<Uid, Plan>,
    /// Those that cannot be told from the others in time, so each is asked for alone.
    alone: Vec<Plan>,
    names: Names,
}

/// One command, and what was heard of it.
struct Asked<'w> {
    /// The index of the first of the wishes among those of the group.
    first: usize,
    wishes: &'w [Wish],
    /// The only message that is asked for, if it is one.
    only: Option<Uid>,
    seen: HashSet<Uid>,
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
        if wishes.is_empty() {
            self.keep_without_texts(plans)?;
            return Ok(Vec::new());
        }
        let plans = plans.into_iter().map(|plan| (plan.uid, plan)).collect();
        let mut gathering = Gathering { plans, alone: Vec::new(), names: Names::default() };
        let mut first = 0;
        while first < wishes.len() && !gathering.plans.is_empty() {
            let piece = piece(&wishes[first..]);
            self.ask(selected, &mut gathering, first, piece).await?;
            first += piece.len();
        }
        let mut served: Vec<_> = gathering.plans.into_keys().collect();
        served.sort();
        served.into_iter().for_each(|uid| self.served(uid));
        Ok(gathering.alone)
    }

    /// Messages of which nothing more has to be asked for: one without attachments, say.
    fn keep_without_texts(&mut self, mut plans: Vec<Plan>) -> Result<(), Failure> {
        plans.sort_by_key(|plan| plan.uid);
        let mut names = Names::default();
        for plan in plans {
            match self.keep(&plan, 0, Vec::new(), &mut names) {
                Ok(()) => self.served(plan.uid),
                Err(setback) => self.settle(setback)?,
            }
        }
        Ok(())
    }

    /// Asks for these texts of all messages that are still there, in one command.
    async fn ask(
        &mut self,
        selected: &mut Selected<'_>,
        gathering: &mut Gathering,
        first: usize,
        wishes: &[Wish],
    ) -> Result<(), Failure> {
        let uids: UidSet = gathering.plans.keys().copied().collect();
        let only = if uids.count() == 1 { uids.iter().next() } else { None };
        let Ok(messages) = SequenceSet::try_from(uids) else { return Ok(()) };
        let items =
            wishes.iter().fold(NonEmpty::one(FetchAttribute::Uid), |items, wish| items.and(wish.attribute()));
        let mut rows = selected.fetch(messages, FetchItems::Attributes(items)).await?;
        let mut asked = Asked { first, wishes, only, seen: HashSet::new() };
        loop {
            let place = self.place();
            let mut sink = Sink::new(wishes, place, only, &mut *self.stdout, self.request.progress);
            let next = rows.next(&mut sink).await;
            let (taken, error) = sink.finish();
            match (next, error) {
                (Ok(Some(row)), _) => self.take(gathering, &mut asked, &row, taken)?,
                (Ok(None), _) => break,
                // While a text comes it has no name yet, so it is the disk, which keeps all of them out.
                (Err(_), Some(error)) => return Err(unwritten(error, only)),
                (Err(error), None) => return Err(error.into()),
            }
        }
        self.fail_silent(gathering, &asked.seen);
        Ok(())
    }

    /// Takes a row, if it is one of those that were asked for.
    fn take(
        &mut self,
        gathering: &mut Gathering,
        asked: &mut Asked<'_>,
        row: &Row,
        taken: Vec<Option<Taken>>,
    ) -> Result<(), Failure> {
        // Without a text that was asked for it is news of another kind.
        if !has_any(row, asked.wishes) {
            return Ok(());
        }
        let Some(uid) = row.uid().or(asked.only) else { return Ok(()) };
        let Some(plan) = gathering.plans.get(&uid).filter(|_| asked.seen.insert(uid)) else { return Ok(()) };
        self.tally.uids.insert(uid);
        match self.keep_row(plan, asked, row, taken, &mut gathering.names) {
            Ok(Outcome::Kept) => {}
            Ok(Outcome::Alone) => gathering.alone.extend(gathering.plans.remove(&uid)),
            Err(setback) => {
                self.settle(setback)?;
                gathering.plans.remove(&uid);
            }
        }
        Ok(())
    }

    /// Messages of which the server did not send the texts.
    fn fail_silent(&mut self, gathering: &mut Gathering, seen: &HashSet<Uid>) {
        let mut silent: Vec<_> = gathering.plans.keys().copied().filter(|uid| !seen.contains(uid)).collect();
        silent.sort();
        for uid in silent {
            gathering.plans.remove(&uid);
            // Those of which it sent nothing at all are told together in the end.
            if !self.tally.uids.contains(uid) {
                continue;
            }
            let message = format!("UID {uid}: the server did not send what was asked for");
            let hint = "the message may be gone; see what is there, or look at the dialogue with --trace";
            self.fail_one(Failure::new(Exit::Protocol, message).hint(hint));
        }
    }

    /// Where texts go while they come.
    fn place(&self) -> Place {
        match (self.request.view, self.request.target, self.request.asked_for) {
            (View::Attachments, Target::Folder(folder), AskedFor::Several) => {
                Place::FolderOfMessage(folder.clone())
            }
            (View::Whole | View::Part { .. } | View::Attachments, target, _) => match target.folder() {
                Some(folder) => Place::Folder(folder.to_owned()),
                None => Place::Stdout,
            },
            _ => Place::Memory,
        }
    }

    /// Keeps what came with a row, if it is whole.
    fn keep_row(
        &mut self,
        plan: &Plan,
        asked: &Asked<'_>,
        row: &Row,
        taken: Vec<Option<Taken>>,
        names: &mut Names,
    ) -> Result<Outcome, Setback> {
        let uid = plan.uid;
        let refused =
            |message: String| Setback::One(Failure::new(Exit::Protocol, format!("UID {uid}: {message}")));
        let is_broken = row.items.iter().any(|item| matches!(item, FetchItem::Invalid { .. }));
        if is_broken || !row.defects.is_empty() {
            return Err(refused(
                "the server announced a wrong size, so what it sent may be torn; it was not kept".to_owned(),
            ));
        }
        let mut whole = Vec::new();
        for (index, (wish, taken)) in asked.wishes.iter().zip(taken).enumerate() {
            whole.push(match taken {
                Some(Taken::Unplaced) => return Ok(Outcome::Alone),
                Some(taken) if taken.is_whole() => Some(taken),
                // `NIL` is how some servers tell of a part without an octet.
                None if wish.is_nil_in(row) && may_be_empty(plan, asked.first + index) => None,
                _ => return Err(refused(format!("the server did not send part {}", wish.number()))),
            });
        }
        self.keep(plan, asked.first, whole, names).map(|()| Outcome::Kept)
    }
}

/// As many texts as go into one command, at least one.
fn piece(wishes: &[Wish]) -> &[Wish] {
    let mut octets = 0;
    let fits = wishes.iter().take(MOST_WISHES).take_while(|wish| {
        octets += wish.number().len() + AROUND_A_NUMBER;
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
        Content::Page(_) | Content::Headers | Content::Text(_) => true,
    }
}
