//! What is asked of a list of mailboxes.

use tayori_proto::command::{Command, ListReturn, ListSelection, SelectionOption, StatusAttribute};
use tayori_proto::types::{Capabilities, Capability, ListPattern, ListReference, NonEmpty};

/// Which mailboxes to list, and what to tell of each ([`Session::list_mailboxes`](crate::Session::list_mailboxes)).
///
/// ```
/// use tayori_client::{ListQuery, StatusAttribute};
/// use tayori_proto::types::ListPattern;
///
/// let query = ListQuery::new(ListPattern::all()).with_children().with_status(StatusAttribute::Unseen.into());
/// assert_eq!(query, ListQuery::all().with_status(StatusAttribute::Unseen.into()).with_children());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    pub(super) reference: ListReference,
    pub(super) patterns: NonEmpty<ListPattern>,
    pub(super) only_subscribed: bool,
    pub(super) subscribed: bool,
    pub(super) children: bool,
    pub(super) uses: bool,
    pub(super) status: Option<NonEmpty<StatusAttribute>>,
}

impl ListQuery {
    /// Mailboxes that match one of these patterns at least, and nothing told of them beside their rows.
    pub fn new(patterns: impl Into<NonEmpty<ListPattern>>) -> Self {
        Self {
            reference: ListReference::none(),
            patterns: patterns.into(),
            only_subscribed: false,
            subscribed: false,
            children: false,
            uses: false,
            status: None,
        }
    }

    /// Every mailbox of the user.
    pub fn all() -> Self {
        Self::new(ListPattern::all())
    }

    /// Patterns start here (RFC 9051 section 6.3.9).
    #[must_use]
    pub fn below(mut self, reference: ListReference) -> Self {
        self.reference = reference;
        self
    }

    /// Only names that are subscribed; of those some may not exist (`LIST (SUBSCRIBED)`, RFC 5258 section 3.1, or
    /// `LSUB`).
    #[must_use]
    pub fn only_subscribed(mut self) -> Self {
        self.only_subscribed = true;
        self
    }

    /// Tells whether each is subscribed.
    #[must_use]
    pub fn with_subscribed(mut self) -> Self {
        self.subscribed = true;
        self
    }

    /// Tells whether each has others below it.
    #[must_use]
    pub fn with_children(mut self) -> Self {
        self.children = true;
        self
    }

    /// Tells what each is for, where the server has SPECIAL-USE (RFC 6154) or XLIST. Without this it may be told all
    /// the same.
    #[must_use]
    pub fn with_uses(mut self) -> Self {
        self.uses = true;
        self
    }

    /// Tells what is in each (RFC 9051 section 6.3.11).
    #[must_use]
    pub fn with_status(mut self, items: NonEmpty<StatusAttribute>) -> Self {
        self.status = Some(items);
        self
    }

    /// Whether the extended form says more, or needs fewer commands. An empty pattern, which asks for the delimiter,
    /// means nothing in it (RFC 5258 section 3).
    pub(super) fn gains_from_extended(&self) -> bool {
        let tells = self.only_subscribed || self.subscribed || self.children || self.uses;
        let has_more = tells || self.status.is_some() || self.patterns.len() > 1;
        has_more && self.patterns.iter().all(|pattern| !pattern.as_str().is_empty())
    }

    /// Whether what mailboxes are for can be asked for with XLIST only.
    pub(super) fn wants_xlist(&self, offered: &Capabilities) -> bool {
        self.uses && offered.offers(&Capability::XList) && !offered.offers(&Capability::SpecialUse)
    }

    /// Whether names below a name that is listed are listed, too.
    pub(super) fn shows_all_below(&self) -> bool {
        !self.only_subscribed && self.patterns_end_open()
    }

    /// Whether whatever lies below a name that matches does match.
    pub(super) fn patterns_end_open(&self) -> bool {
        self.patterns.iter().all(|pattern| pattern.as_str().ends_with('*'))
    }

    /// The one command of LIST-EXTENDED, with these items of STATUS.
    pub(super) fn extended(
        &self,
        offered: &Capabilities,
        items: Option<NonEmpty<StatusAttribute>>,
    ) -> Command {
        let selection = if self.only_subscribed { vec![SelectionOption::Subscribed] } else { Vec::new() };
        let mut returns = Vec::new();
        if self.subscribed && !self.only_subscribed {
            returns.push(ListReturn::Subscribed);
        }
        returns.extend(self.children.then_some(ListReturn::Children));
        if self.uses && offered.offers(&Capability::SpecialUse) {
            returns.push(ListReturn::SpecialUse);
        }
        returns.extend(items.map(ListReturn::Status));
        Command::ListExtended {
            // One option alone is always possible.
            selection: ListSelection::new(selection).unwrap_or_default(),
            reference: self.reference.clone(),
            patterns: self.patterns.clone(),
            returns,
        }
    }
}
