//! A real server on loopback, with mail in memory, for tests in which the outcome matters and not the dialogue.

use std::net::Ipv4Addr;
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use tayori_proto::command::RightsChange;
use tayori_proto::response::ListAttribute;
use tayori_proto::types::{Flag, ImapString, InternalDate, MailboxName, Rights, Secret, Uid, UidValidity};
use tayori_server::memory::{MemoryLimits, MemoryStore};
use tayori_server::store::{Mailbox as _, Message as _, Store as _};
use tayori_server::{Logins, Options, Server, Tls};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::common::program::Run;

/// When all messages arrived, unless it is said otherwise: 2026-02-01 09:30:00 UTC.
pub(crate) const ARRIVED: i64 = 1_769_938_200;

/// The server of `ann`, whose password is `secret`. Ends when dropped.
pub(crate) struct Host {
    store: MemoryStore,
    port: u16,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// Its first mailbox has the UIDVALIDITY 7.
    pub(crate) fn start() -> Self {
        Self::with_validity(7)
    }

    pub(crate) fn with_validity(validity: u32) -> Self {
        Self::of(MemoryStore::new(UidValidity::new(validity).unwrap(), MemoryLimits::default()))
    }

    /// With rights (RFC 4314), all of which ann has at first.
    pub(crate) fn with_rights() -> Self {
        let store = MemoryStore::new(UidValidity::new(7).unwrap(), MemoryLimits::default());
        Self::of(store.owned_by("ann"))
    }

    /// With room for so many octets, of which each message takes 512 more than it has.
    pub(crate) fn with_room(octets: u64) -> Self {
        let mut limits = MemoryLimits::default();
        limits.octets = octets;
        Self::of(MemoryStore::new(UidValidity::new(7).unwrap(), limits))
    }

    /// That speaks TLS from the start, or lets clients ask for it.
    pub(crate) fn with_tls(tls: Tls) -> Self {
        let store = MemoryStore::new(UidValidity::new(7).unwrap(), MemoryLimits::default());
        let mut options = Options::default();
        options.tls = tls;
        Self::with(store, options)
    }

    fn of(store: MemoryStore) -> Self {
        Self::with(store, Options::default())
    }

    fn with(store: MemoryStore, options: Options) -> Self {
        let logins = Logins::one("ann", &Secret::new("secret").unwrap(), store.clone());
        let server = Server::new(logins, options);
        let (stop, stopped) = oneshot::channel::<()>();
        let (told, port) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            runtime().block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
                told.send(listener.local_addr().unwrap().port()).unwrap();
                let shutdown = async {
                    let _ = stopped.await;
                };
                server.run(listener, shutdown).await.unwrap();
            });
        });
        Self { store, port: port.recv().unwrap(), stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn create(&self, mailbox: &str) {
        runtime().block_on(self.store.create(&name(mailbox))).unwrap();
    }

    pub(crate) fn create_for(&self, mailbox: &str, special_use: ListAttribute) {
        self.store.create_for(&name(mailbox), special_use).unwrap();
    }

    /// Takes all rights to a mailbox from ann but these.
    pub(crate) fn leave_rights(&self, mailbox: &str, letters: &str) {
        runtime().block_on(async {
            let mailbox = self.store.open(&name(mailbox)).await.unwrap();
            let (ann, rights) = (ImapString::new("ann").unwrap(), Rights::new(letters).unwrap());
            mailbox.change_rights(&ann, RightsChange::Replace(rights)).await.unwrap();
        });
    }

    /// Puts a message there and says its UID.
    pub(crate) fn put(&self, mailbox: &str, message: impl AsRef<[u8]>) -> u32 {
        self.put_with(mailbox, message, &[], ARRIVED)
    }

    pub(crate) fn put_with(
        &self,
        mailbox: &str,
        message: impl AsRef<[u8]>,
        flags: &[Flag],
        arrived: i64,
    ) -> u32 {
        let message = vec![Bytes::copy_from_slice(message.as_ref())];
        let date = InternalDate::from_unix_seconds(arrived);
        self.store.insert(&name(mailbox), flags.to_vec(), date, message).unwrap().uid.value()
    }

    /// What is on the server, by UID.
    pub(crate) fn messages(&self, mailbox: &str) -> Vec<(u32, Vec<u8>)> {
        runtime().block_on(async {
            let mailbox = self.store.open(&name(mailbox)).await.unwrap();
            let mut messages = Vec::new();
            for state in mailbox.changes(None).await.unwrap().messages {
                let message = mailbox.message(state.uid).await.unwrap().unwrap();
                let mut octets = Vec::new();
                while (octets.len() as u64) < message.size() {
                    let read = message.read(octets.len() as u64..message.size()).await.unwrap();
                    octets.extend_from_slice(&read);
                }
                messages.push((Uid::value(state.uid), octets));
            }
            messages
        })
    }

    #[track_caller]
    pub(crate) fn check_uids(&self, mailbox: &str, expected: &[u32]) {
        let uids: Vec<u32> = self.messages(mailbox).into_iter().map(|(uid, _)| uid).collect();
        assert_eq!(uids, expected);
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// `imap://ann@127.0.0.1:PORT/...`
    pub(crate) fn place(&self, mailbox: &str) -> String {
        format!("imap://ann@127.0.0.1:{}/{mailbox}", self.port)
    }

    /// `tayori fetch imap://ann@127.0.0.1:PORT/... --tls none`
    pub(crate) fn fetch(&self, mailbox: &str) -> Run {
        self.run("fetch", mailbox)
    }

    /// The same for another command.
    pub(crate) fn run(&self, command: &str, mailbox: &str) -> Run {
        Run::new()
            .args(command)
            .arg(self.place(mailbox))
            .args("--tls none")
            .hide(&format!("port {}", self.port), "port PORT")
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the server panicked");
        }
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn name(mailbox: &str) -> MailboxName {
    MailboxName::new(mailbox).unwrap()
}
