//! What a client is told that nobody asked for, at the end of commands and between them.

use std::future::pending;
use std::time::Duration;

use tayori_proto::response::ResponseCode;
use tayori_proto::types::{ObjectId, UidSet};
use tayori_proto::wire::Frame;
use tokio::time::Instant;

use super::{Connection, Gone, Phase, Wire, told};
use crate::command::fetch;
use crate::store::{Mailbox, Store};
use crate::view::{Occasion, Renumbering, Telling};
use crate::watch::{Manner, Watch};

/// What a client is waiting for while it says nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// For what it has asked to be told (RFC 5465 section 3.1).
    BetweenCommands,
    /// For that, or, if it has not said what, for all news of its mailbox (RFC 9051 section 6.3.13,
    /// RFC 5465 section 4).
    Idle,
}

impl<S: Store> Connection<S> {
    /// The next frame between commands. While it has not come, the client is told what it has asked to be told.
    ///
    /// Nothing is queued for it: a client that does not read is told nothing more once its stream is full, and is left
    /// when it stays so for [`Limits::stall`](crate::Limits::stall).
    pub(super) async fn next_command(&mut self) -> Result<Frame, Gone> {
        let end = Instant::now() + self.silence();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if let Some(frame) = self.frame_or_news(left, Waiting::BetweenCommands).await? {
                return Ok(frame);
            }
            let between = self.watch.as_ref().map_or(Renumbering::Held, |watch| watch.selected.between);
            self.tell(between, self.telling()).await?;
        }
    }

    /// The next frame; `None` if there is something to tell before it.
    pub(crate) async fn frame_or_news(
        &mut self,
        left: Duration,
        waiting: Waiting,
    ) -> Result<Option<Frame>, Gone> {
        let Self { wire, phase, watch, .. } = self;
        tokio::select! {
            biased;
            frame = wire.next_frame(left) => frame.map(Some),
            () = news(phase, watch.as_ref(), waiting) => Ok(None),
        }
    }

    /// Tells the news, and of new messages what the client wants to know.
    pub(crate) async fn tell(&mut self, renumbering: Renumbering, telling: Telling) -> Result<(), Gone> {
        self.tell_at(Occasion::Unasked, renumbering, telling, &UidSet::new()).await
    }

    /// The same at the end of a command. What the client has made by it is not described to it.
    pub(super) async fn tell_at_end(
        &mut self,
        renumbering: Renumbering,
        telling: Telling,
        made: &UidSet,
    ) -> Result<(), Gone> {
        self.tell_at(Occasion::CommandEnds, renumbering, telling, made).await
    }

    async fn tell_at(
        &mut self,
        occasion: Occasion,
        renumbering: Renumbering,
        telling: Telling,
        made: &UidSet,
    ) -> Result<(), Gone> {
        let Self { wire, phase, watch, .. } = self;
        if let Phase::Selected(_, selected) = phase {
            selected.refresh().await?;
            wire.send_all(&selected.news(renumbering, telling, occasion)).await?;
            if let Some(watch) = watch.as_ref().filter(|watch| !watch.selected.attributes.is_empty()) {
                let told = fetch::tell_arrived(wire, selected, &watch.selected.attributes, made).await;
                told.map_err(without_answer)?;
            }
        }
        self.tell_others().await
    }

    /// What the client wants to be told of its mailbox.
    pub(crate) fn telling(&self) -> Telling {
        self.watch.as_ref().map_or(Telling::Everything, |watch| watch.selected.telling)
    }

    async fn tell_others(&mut self) -> Result<(), Gone> {
        let Some(since) = self.watch.as_ref().and_then(Watch::moment) else { return Ok(()) };
        let Some(store) = self.phase.store().cloned() else { return Ok(()) };
        let news = store.news(Some(since)).await.map_err(|error| Gone::store_failed(&error))?;
        let id = self.phase.selected_id();
        let manner = self.manner(&store, id.as_ref());
        let Self { wire, watch, .. } = self;
        if news.moment == since {
            return Ok(());
        }
        match watch.as_mut().map(|watch| watch.apply(news, manner)) {
            Some(Ok(responses)) => wire.send_all(&responses).await,
            Some(Err(_)) => {
                // As if the client had said NOTIFY NONE (RFC 5465 section 5.8).
                *watch = Some(Watch::nothing());
                overflow(wire).await
            }
            None => Ok(()),
        }
    }

    pub(crate) fn manner<'a>(&self, store: &S, selected: Option<&'a ObjectId>) -> Manner<'a> {
        let most = self.server.limits.watched_names;
        Manner { selected, enabled: self.enabled, delimiter: store.delimiter(), most }
    }
}

impl<S: Store> Phase<S> {
    pub(crate) fn selected_id(&self) -> Option<ObjectId> {
        match self {
            Self::Selected(_, selected) => Some(selected.mailbox.id()),
            _ => None,
        }
    }
}

/// Waits until there is something to tell, if anything is to be told.
async fn news<S: Store>(phase: &Phase<S>, watch: Option<&Watch>, waiting: Waiting) {
    let tells_selected = match watch {
        Some(watch) => watch.selected.telling != Telling::Nothing,
        None => waiting == Waiting::Idle,
    };
    let selected = async {
        match phase {
            Phase::Selected(_, selected) if tells_selected => {
                selected.mailbox.wait(selected.view.state()).await;
            }
            _ => pending().await,
        }
    };
    let others = async {
        match (phase.store(), watch.and_then(Watch::moment)) {
            (Some(store), Some(since)) => store.wait(since).await,
            _ => pending().await,
        }
    };
    tokio::select! {
        () = selected => {}
        () = others => {}
    }
}

async fn overflow(wire: &mut Wire) -> Result<(), Gone> {
    wire.send(&told(ResponseCode::NotificationOverflow, "there is too much to tell")).await
}

/// A failure where there is no command that could be answered.
fn without_answer(failure: super::Failure) -> Gone {
    match failure {
        super::Failure::Gone(gone) => gone,
        super::Failure::Store(error) => Gone::mailbox_failed(&error),
        super::Failure::Refused(reply) => Gone::Dismissed(reply.text),
    }
}
