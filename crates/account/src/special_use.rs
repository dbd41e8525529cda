//! Which mailbox is for what: Sent, Drafts, Trash, Junk, Archive, and what else a server says.
#![doc = include_str!("../docs/special-use.md")]

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use tayori_proto::response::{ListAttribute, ListRow};
use tayori_proto::types::{Capabilities, Capability, MailboxName, SpecialUse};
use unicode_normalization::UnicodeNormalization;

/// The mailboxes of an account, and all by which it is seen what they are for. Nothing is asked of anybody.
///
/// ```
/// use tayori_account::special_use::{Finding, Mailboxes, Told};
/// use tayori_proto::types::SpecialUse;
///
/// let found = Mailboxes::new(&[], Told::BySpecialUse).find(&SpecialUse::Trash);
/// assert_eq!(found, Finding::None);
/// ```
#[derive(Clone, Debug)]
pub struct Mailboxes<'a> {
    rows: &'a [ListRow],
    told: Told,
    prefixes: Vec<&'a str>,
    settings: Vec<(&'a SpecialUse, &'a MailboxName)>,
}

/// In which words a server has told what mailboxes are for, if it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// By attributes of `LIST` (RFC 6154).
    BySpecialUse,
    /// By those of `XLIST`.
    ByXlist,
}

impl Told {
    /// How a server with these capabilities tells it to [`Session::list_mailboxes`] and
    /// [`Session::special_mailboxes`].
    ///
    /// [`Session::list_mailboxes`]: tayori_client::Session::list_mailboxes
    /// [`Session::special_mailboxes`]: tayori_client::Session::special_mailboxes
    pub fn by(offered: &Capabilities) -> Self {
        let xlist = offered.offers(&Capability::XList) && !offered.offers(&Capability::SpecialUse);
        if xlist { Self::ByXlist } else { Self::BySpecialUse }
    }
}

/// What is known of one use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Finding {
    /// One mailbox is for it.
    One(Match),
    /// Several are, equally well, and which one is meant is for a person to say. At least two, in the order of the
    /// rows.
    Several(Vec<Match>),
    /// The setting names a mailbox that is not there, or cannot be opened.
    Missing(MailboxName),
    /// None is.
    None,
}

/// A mailbox that is for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Its name.
    pub mailbox: MailboxName,
    /// How this is known.
    pub source: Source,
}

/// How it is known what a mailbox is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The user has said it.
    Setting,
    /// The server says it (RFC 6154).
    SpecialUse,
    /// The server says it to whoever asks with `XLIST`.
    Xlist,
    /// It is guessed from the name.
    Name {
        /// Where such a name is usual: a language or a vendor, in English. If it is so in several, the first one.
        usual: &'static str,
    },
}

impl Source {
    /// Whether this is a guess, which has to be told to the person before something is done that rests upon it.
    pub fn is_guess(self) -> bool {
        matches!(self, Self::Name { .. })
    }
}

impl<'a> Mailboxes<'a> {
    /// All mailboxes of the account, as the server lists them. With less than all of them, a second one that is for the
    /// same is not seen, and one that the settings name may seem to be missing.
    pub fn new(rows: &'a [ListRow], told: Told) -> Self {
        Self { rows, told, prefixes: Vec::new(), settings: Vec::new() }
    }

    /// A prefix of a personal namespace (RFC 2342), with the delimiter at its end, as the server gives it. An empty one
    /// changes nothing.
    #[must_use]
    pub fn with_prefix(mut self, prefix: &'a str) -> Self {
        self.prefixes.push(prefix);
        self
    }

    /// The user's setting for one use. It wins over everything else.
    #[must_use]
    pub fn with_setting(mut self, special_use: &'a SpecialUse, mailbox: &'a MailboxName) -> Self {
        self.settings.push((special_use, mailbox));
        self
    }

    /// Which mailbox is for this.
    pub fn find(&self, special_use: &SpecialUse) -> Finding {
        if let Some(&(_, mailbox)) = self.settings.iter().rev().find(|(set, _)| *set == special_use) {
            let is_there = self.rows.iter().any(|row| row.name == *mailbox && is_selectable(row));
            return if is_there {
                Finding::One(Match { mailbox: mailbox.clone(), source: Source::Setting })
            } else {
                Finding::Missing(mailbox.clone())
            };
        }
        let source = match self.told {
            Told::BySpecialUse => Source::SpecialUse,
            Told::ByXlist => Source::Xlist,
        };
        let has_it = |row: &&ListRow| uses(row).any(|own| own == *special_use) && is_selectable(row);
        let told = self.rows.iter().filter(has_it).map(|row| (row, source));
        let told = distinct(told);
        if !told.is_empty() {
            return finding(told);
        }
        let guessed = self.rows.iter().filter_map(|row| {
            let usual = self.usual(row, special_use)?;
            Some((row, Source::Name { usual }))
        });
        finding(distinct(guessed))
    }

    /// Where the name of this mailbox is usual for this use, if it is and nothing else is known of the mailbox.
    fn usual(&self, row: &ListRow, special_use: &SpecialUse) -> Option<&'static str> {
        let is_set = self.settings.iter().any(|(_, mailbox)| **mailbox == row.name);
        if is_set || row.is_inbox() || !is_selectable(row) || uses(row).next().is_some() {
            return None;
        }
        let name = self.bare(row)?;
        let (known, usual) = NAMES.get(&fold(name))?;
        (known == special_use).then_some(*usual)
    }

    /// The last level of a name that stands where such mailboxes stand.
    fn bare<'n>(&self, row: &'n ListRow) -> Option<&'n str> {
        let mut name = row.name.as_str();
        for prefix in &self.prefixes {
            if !prefix.is_empty()
                && let Some(rest) = name.strip_prefix(prefix)
            {
                name = rest;
                break;
            }
        }
        let Some(delimiter) = row.delimiter else { return Some(name) };
        match name.split_once(delimiter) {
            None => Some(name),
            Some((parent, rest)) => {
                let is_usual = PARENTS.iter().any(|usual| parent.eq_ignore_ascii_case(usual));
                (is_usual && !rest.contains(delimiter)).then_some(rest)
            }
        }
    }
}

/// What mailboxes of these uses stand below where they do not stand at the top.
const PARENTS: [&str; 3] = ["INBOX", "[Gmail]", "[Google Mail]"];

fn uses(row: &ListRow) -> impl Iterator<Item = SpecialUse> {
    row.attributes.iter().filter_map(ListAttribute::special_use)
}

fn is_selectable(row: &ListRow) -> bool {
    let unselectable = [ListAttribute::NoSelect, ListAttribute::NonExistent];
    !row.attributes.iter().any(|attribute| unselectable.contains(attribute))
}

/// Every mailbox once, though a server may list it twice.
fn distinct<'r>(found: impl Iterator<Item = (&'r ListRow, Source)>) -> Vec<Match> {
    let mut matches: Vec<Match> = Vec::new();
    for (row, source) in found {
        if !matches.iter().any(|known| known.mailbox == row.name) {
            matches.push(Match { mailbox: row.name.clone(), source });
        }
    }
    matches
}

fn finding(mut matches: Vec<Match>) -> Finding {
    match (matches.pop(), matches.is_empty()) {
        (None, _) => Finding::None,
        (Some(one), true) => Finding::One(one),
        (Some(last), false) => {
            matches.push(last);
            Finding::Several(matches)
        }
    }
}

/// What is compared of a name: NFKC, without case, and with one blank where there are several.
///
/// Case is folded by way of capital letters, character by character, so that ß is ss and that sigma has one form.
fn fold(name: &str) -> String {
    let folded: String =
        name.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    list: Vec<Language>,
    vendor: Vec<Vendor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    #[cfg_attr(not(test), expect(dead_code, reason = "it is for those who read the file, and the tests"))]
    id: String,
    name: String,
    sent: Vec<String>,
    drafts: Vec<String>,
    trash: Vec<String>,
    junk: Vec<String>,
    archive: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vendor {
    name: String,
    #[serde(default)]
    sent: Vec<String>,
    #[serde(default)]
    drafts: Vec<String>,
    #[serde(default)]
    trash: Vec<String>,
    #[serde(default)]
    junk: Vec<String>,
    #[serde(default)]
    archive: Vec<String>,
}

impl From<Language> for Vendor {
    fn from(list: Language) -> Self {
        let Language { id: _, name, sent, drafts, trash, junk, archive } = list;
        Self { name, sent, drafts, trash, junk, archive }
    }
}

impl Vendor {
    fn names(self) -> (String, [(SpecialUse, Vec<String>); 5]) {
        let names = [
            (SpecialUse::Sent, self.sent),
            (SpecialUse::Drafts, self.drafts),
            (SpecialUse::Trash, self.trash),
            (SpecialUse::Junk, self.junk),
            (SpecialUse::Archive, self.archive),
        ];
        (self.name, names)
    }
}

fn read() -> File {
    toml::from_str(include_str!("special-use.toml"))
        .expect("the file is part of the program, and a test reads it")
}

/// By folded name: what it is for, and where that is usual.
static NAMES: LazyLock<HashMap<String, (SpecialUse, &'static str)>> = LazyLock::new(|| {
    let File { list, vendor } = read();
    let mut names = HashMap::new();
    for vendor in list.into_iter().map(Vendor::from).chain(vendor) {
        let (usual, uses) = vendor.names();
        // Read once, and needed as long as the program runs.
        let usual: &'static str = usual.leak();
        for (special_use, list) in uses {
            for name in list {
                names.entry(fold(&name)).or_insert_with(|| (special_use.clone(), usual));
            }
        }
    }
    names
});

#[cfg(test)]
mod tests;
