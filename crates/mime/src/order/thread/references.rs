//! REFERENCES (RFC 5256 section 3).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tayori_proto::response::ThreadMember;

use super::ThreadBasis;
use crate::order::SubjectKind;

/// The threads. Time is that of sorting, whatever refers to what.
pub(super) fn thread(mails: &[ThreadBasis]) -> Vec<ThreadMember<usize>> {
    let forest = Forest::link(mails);
    let mut tree = Tree::prune(mails, &forest);
    tree.join_subjects();
    tree.flatten()
}

/// Who answers whom. The first nodes are the mails; behind them stand messages that are only referred to.
struct Forest {
    parents: Vec<Option<usize>>,
    /// For each node, one nearer to the representative of all that are linked with it.
    sets: Vec<usize>,
}

impl Forest {
    /// Step 1. A message without a parent is the root of its tree, so a link above it makes a loop only if both ends
    /// are in the same tree already.
    fn link(mails: &[ThreadBasis]) -> Self {
        let mut known: HashMap<&[u8], usize> = HashMap::new();
        for (index, own) in
            mails.iter().enumerate().filter_map(|(index, mail)| Some((index, mail.ids.own.as_deref()?)))
        {
            // Of several with one id, the first has it.
            known.entry(own).or_insert(index);
        }
        let mut nodes = mails.len();
        let chains: Vec<Vec<usize>> = mails
            .iter()
            .map(|mail| {
                let ids = mail.ids.references.iter();
                ids.map(|id| match known.entry(id) {
                    Entry::Occupied(entry) => *entry.get(),
                    Entry::Vacant(entry) => {
                        nodes += 1;
                        *entry.insert(nodes - 1)
                    }
                })
                .collect()
            })
            .collect();
        let mut forest = Self { parents: vec![None; nodes], sets: (0..nodes).collect() };
        // What a message says of itself wins over what others say of it (step 1.B), so it comes first.
        for (index, chain) in chains.iter().enumerate() {
            if let Some(parent) = chain.last() {
                forest.try_link(*parent, index);
            }
        }
        for (index, chain) in chains.iter().enumerate() {
            for pair in chain.windows(2) {
                let (parent, child) = (pair[0], pair[1]);
                // One that names no parent itself would break a link that an earlier message has made.
                if child >= mails.len() || child < index {
                    forest.try_link(parent, child);
                }
            }
        }
        forest
    }

    fn try_link(&mut self, parent: usize, child: usize) {
        if self.parents[child].is_some() {
            return;
        }
        let (above, below) = (self.set(parent), self.set(child));
        if above != below {
            self.parents[child] = Some(parent);
            self.sets[below] = above;
        }
    }

    /// The representative of a tree. Paths are halved on the way.
    fn set(&mut self, mut node: usize) -> usize {
        while self.sets[node] != node {
            self.sets[node] = self.sets[self.sets[node]];
            node = self.sets[node];
        }
        node
    }
}

/// Threads with missing messages at the top only.
struct Tree<'a> {
    mails: &'a [ThreadBasis],
    children: Vec<Vec<usize>>,
    /// The nodes that are no child of another.
    tops: Vec<usize>,
}

impl<'a> Tree<'a> {
    /// Steps 2 and 3.
    fn prune(mails: &'a [ThreadBasis], forest: &Forest) -> Self {
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); forest.parents.len()];
        for (child, parent) in forest.parents.iter().enumerate() {
            if let Some(parent) = parent {
                children[*parent].push(child);
            }
        }
        let roots: Vec<usize> = (0..children.len()).filter(|node| forest.parents[*node].is_none()).collect();
        // Parents stand in front of their children, so backwards each node finds its children done.
        let mut order = roots.clone();
        let mut next = 0;
        while let Some(node) = order.get(next).copied() {
            order.extend_from_slice(&children[node]);
            next += 1;
        }
        for node in order.into_iter().rev() {
            let mut kept = Vec::new();
            for child in std::mem::take(&mut children[node]) {
                if child < mails.len() {
                    kept.push(child);
                    continue;
                }
                let mut promoted = std::mem::take(&mut children[child]);
                // The shorter goes to the longer, or a long chain of missing messages would take for ever. Siblings are
                // sorted in the end.
                if promoted.len() > kept.len() {
                    std::mem::swap(&mut promoted, &mut kept);
                }
                kept.append(&mut promoted);
            }
            children[node] = kept;
        }
        let mut tops = Vec::with_capacity(roots.len());
        for root in roots {
            match &children[root][..] {
                _ if root < mails.len() => tops.push(root),
                [] => {}
                [only] => tops.push(*only),
                _ => tops.push(root),
            }
        }
        let mut tree = Self { mails, children, tops };
        tree.sort_tops();
        tree
    }

    /// Step 5.
    fn join_subjects(&mut self) {
        let mails = self.mails;
        let mut table: HashMap<&str, usize> = HashMap::new();
        for &top in &self.tops {
            let subject = mails[self.head(top)].subject.text();
            if subject.is_empty() {
                continue;
            }
            match table.entry(subject) {
                Entry::Vacant(entry) => {
                    entry.insert(top);
                }
                Entry::Occupied(mut entry) => {
                    let known = *entry.get();
                    let is_better = self.is_missing(top) || (self.is_reply(known) && !self.is_reply(top));
                    if !self.is_missing(known) && is_better {
                        entry.insert(top);
                    }
                }
            }
        }
        let tops = std::mem::take(&mut self.tops);
        // Which have become the child of another, by their place among all.
        let mut joined = vec![false; self.children.len()];
        for &top in &tops {
            let subject = mails[self.head(top)].subject.text();
            let Some(known) = table.get(subject).copied().filter(|known| *known != top && !joined[top])
            else {
                continue;
            };
            joined[top] = true;
            match (self.is_missing(known), self.is_missing(top)) {
                (true, true) => {
                    let mut moved = std::mem::take(&mut self.children[top]);
                    self.children[known].append(&mut moved);
                }
                (true, false) => self.children[known].push(top),
                (false, _) if self.is_reply(top) && !self.is_reply(known) => self.children[known].push(top),
                (false, _) => {
                    joined[known] = true;
                    joined.push(false);
                    self.children.push(vec![known, top]);
                    let above = self.children.len() - 1;
                    self.tops.push(above);
                    table.insert(subject, above);
                }
            }
        }
        self.tops.extend(tops.into_iter().filter(|top| !joined[*top]));
    }

    /// Step 6, and the order of the answer: each message in front of those below it.
    fn flatten(mut self) -> Vec<ThreadMember<usize>> {
        for node in 0..self.children.len() {
            let mut children = std::mem::take(&mut self.children[node]);
            // All of them are mails: what is missing stands at the top.
            children.sort_by_cached_key(|child| self.moment(*child));
            self.children[node] = children;
        }
        self.sort_tops();
        let mut members = Vec::with_capacity(self.children.len());
        let mut open: Vec<(u32, usize)> = self.tops.iter().rev().map(|top| (0, *top)).collect();
        while let Some((depth, node)) = open.pop() {
            members.push(ThreadMember { depth, message: (!self.is_missing(node)).then_some(node) });
            open.extend(self.children[node].iter().rev().map(|child| (depth.saturating_add(1), *child)));
        }
        members
    }

    fn sort_tops(&mut self) {
        let mut tops = std::mem::take(&mut self.tops);
        tops.sort_by_cached_key(|top| self.moment(self.head(*top)));
        self.tops = tops;
    }

    /// The mail that stands for a top: itself, or the first below it.
    fn head(&self, top: usize) -> usize {
        if !self.is_missing(top) {
            return top;
        }
        self.children[top].iter().copied().min_by_key(|child| self.moment(*child)).unwrap_or(0)
    }

    fn moment(&self, mail: usize) -> (i64, usize) {
        self.mails.get(mail).map_or((0, 0), |known| (known.sent, mail))
    }

    fn is_missing(&self, node: usize) -> bool {
        node >= self.mails.len()
    }

    /// A missing message is none.
    fn is_reply(&self, node: usize) -> bool {
        self.mails.get(node).is_some_and(|mail| mail.subject.kind() == SubjectKind::ReplyOrForward)
    }
}
