//! What the task and its handles share: what is known of the server, and why the connection ended.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use tayori_proto::profile::{Behaviour, Introduction, Profile, Setting};
use tayori_proto::types::{Capabilities, Capability, IdParameters, MailboxName, Text};
use tokio::sync::{Semaphore, watch};

use crate::arrival::Arrival;
use crate::error::Lost;
use crate::session::progress::Progress;
use crate::{Limits, Timeouts};

/// What the task and the handles share.
#[derive(Debug)]
pub(crate) struct Shared {
    limits: Limits,
    pub(crate) timeouts: Timeouts,
    /// How the connection came about; set once, before there is a handle for callers.
    arrival: OnceLock<Arrival>,
    /// Written by the task alone, held for the length of an assignment or a clone.
    state: Mutex<SharedState>,
    /// Has no permits, and is closed when the task has ended: see [`super::Requests`].
    ended: Semaphore,
    /// What the server has said last of a command that has not ended (RFC 9585).
    progress: watch::Sender<Option<Progress>>,
}

#[derive(Debug, Default)]
struct SharedState {
    capabilities: Option<Capabilities>,
    lost: Option<Lost>,
    /// The words of the greeting, and the answer to ID: what the profile is taken from, beside the capabilities.
    greeting: Text,
    id: Option<IdParameters>,
    profile: Profile,
    /// `len() <= ALERTS`
    alerts: Vec<Text>,
    compressed: bool,
    /// What was asked for with ENABLE and is in force.
    enabled: Vec<Capability>,
    /// What STATUS said of how large a message a mailbox takes; `len() <= APPEND_LIMITS`.
    append_limits: HashMap<MailboxName, Option<u64>>,
}

/// Mailboxes whose limit is remembered. Few are ever appended to.
const APPEND_LIMITS: usize = 64;

/// Alerts that are kept. Servers have one, or a few, at the login; a person reads no more.
const ALERTS: usize = 16;

impl SharedState {
    fn recognize(&mut self) {
        let Self { capabilities, greeting, id, profile, .. } = self;
        let server = Introduction::greeted(greeting.as_bytes());
        profile.recognize(&server.listing(capabilities.as_ref()).named(id.as_ref()));
    }
}

impl Shared {
    pub(super) fn new(limits: Limits, timeouts: Timeouts) -> Self {
        let (state, progress) = (Mutex::default(), watch::Sender::default());
        Self { limits, timeouts, arrival: OnceLock::new(), state, ended: Semaphore::new(0), progress }
    }

    pub(crate) fn set_arrival(&self, arrival: Arrival) {
        let _ = self.arrival.set(arrival);
    }

    pub(crate) fn arrival(&self) -> &Arrival {
        self.arrival.get_or_init(Arrival::default)
    }

    fn with<T>(&self, f: impl FnOnce(&mut SharedState) -> T) -> T {
        // Nothing panics while the lock is held; a poisoned state is still a state.
        f(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub(crate) fn set_capabilities(&self, capabilities: Option<&Capabilities>) {
        self.with(|state| {
            if state.capabilities.as_ref() != capabilities {
                state.capabilities = capabilities.cloned();
                state.recognize();
            }
        });
    }

    /// What the server has listed in its present state, if it has.
    pub(crate) fn capabilities(&self) -> Option<Capabilities> {
        self.with(|state| state.capabilities.clone())
    }

    /// The largest message that this mailbox takes, if the server has said so.
    pub(crate) fn append_limit(&self, mailbox: &MailboxName) -> Option<Option<u64>> {
        self.with(|state| state.append_limits.get(mailbox).copied())
    }

    pub(crate) fn remember_append_limit(&self, mailbox: &MailboxName, limit: Option<u64>) {
        self.with(|state| {
            if state.append_limits.len() >= APPEND_LIMITS {
                state.append_limits.clear();
            }
            state.append_limits.insert(mailbox.clone(), limit);
        });
    }

    pub(crate) fn set_greeting(&self, greeting: Text) {
        self.with(|state| {
            state.greeting = greeting;
            state.recognize();
        });
    }

    /// The words of the greeting, none where it was said in front of TLS.
    pub(crate) fn greeting(&self) -> Text {
        self.with(|state| state.greeting.clone())
    }

    /// The server has said something that a person has to see. What it says again is not kept twice.
    pub(crate) fn alert(&self, text: &Text) {
        self.with(|state| {
            if state.alerts.len() < ALERTS && !state.alerts.contains(text) {
                state.alerts.push(text.detached());
            }
        });
    }

    pub(crate) fn alerts(&self) -> Vec<Text> {
        self.with(|state| state.alerts.clone())
    }

    pub(crate) fn set_id(&self, id: IdParameters) {
        self.with(|state| {
            state.id = Some(id);
            state.recognize();
        });
    }

    /// Responses that a collecting call keeps.
    pub(crate) fn collected_responses(&self) -> usize {
        self.limits.collected_responses
    }

    pub(crate) fn set_behaviour(&self, behaviour: Behaviour, setting: Setting) {
        self.with(|state| state.profile.set(behaviour, setting));
    }

    /// The server has shown a behaviour.
    pub(crate) fn learn(&self, behaviour: Behaviour) {
        tracing::info!(behaviour = behaviour.word(), "the server has shown how it behaves");
        self.with(|state| state.profile.learn(behaviour));
    }

    pub(crate) fn profile(&self) -> Profile {
        self.with(|state| state.profile.clone())
    }

    /// Whether the server is taken to behave like this.
    pub(crate) fn has(&self, behaviour: Behaviour) -> bool {
        self.with(|state| state.profile.has(behaviour))
    }

    /// The longest command that the server takes, in octets.
    pub(crate) fn command_octets(&self) -> usize {
        self.with(|state| state.profile.command_octets())
    }

    /// How many commands may be on their way without an answer, if the server minds.
    pub(crate) fn commands_in_flight(&self) -> Option<usize> {
        self.with(|state| state.profile.commands_in_flight())
    }

    pub(crate) fn set_enabled(&self, enabled: &[Capability]) {
        self.with(|state| {
            // It only grows.
            if state.enabled.len() != enabled.len() {
                state.enabled = enabled.to_vec();
            }
        });
    }

    /// What was enabled on the connection.
    pub(crate) fn enabled(&self) -> Vec<Capability> {
        self.with(|state| state.enabled.clone())
    }

    /// Whether it was asked for with ENABLE and is in force.
    pub(crate) fn is_enabled(&self, capability: &Capability) -> bool {
        self.with(|state| state.enabled.contains(capability))
    }

    pub(crate) fn set_compressed(&self) {
        self.with(|state| state.compressed = true);
    }

    /// Whether octets are compressed on their way (RFC 4978).
    pub(crate) fn is_compressed(&self) -> bool {
        self.with(|state| state.compressed)
    }

    pub(crate) fn set_lost(&self, lost: Lost) {
        self.with(|state| {
            state.lost.get_or_insert(lost);
        });
    }

    /// Tells whoever watches how far a command is; `None` when it has ended.
    pub(crate) fn set_progress(&self, progress: Option<Progress>) {
        self.progress.send_if_modified(|latest| {
            let is_news = progress.is_some() || latest.is_some();
            *latest = progress;
            is_news
        });
    }

    pub(crate) fn watch_progress(&self) -> watch::Receiver<Option<Progress>> {
        self.progress.subscribe()
    }

    /// The task has ended.
    pub(super) fn end(&self) {
        self.ended.close();
    }

    /// Whether the task has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.is_closed()
    }

    /// Waits until the task has ended.
    pub(crate) async fn ended(&self) {
        // Only an error can come: there are no permits.
        let _ = self.ended.acquire().await;
    }

    pub(crate) fn lost(&self) -> Lost {
        self.with(|state| state.lost.clone()).unwrap_or(Lost::Ended)
    }
}
