use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use tayori_account::http::{Fetch, Fetching, Request};
use tayori_account::oauth::{Account, Client, FileStore, Flow, OAuthError, StoreError, TokenStore, Tokens};
use tayori_proto::sasl::{Credentials, Identity};
use tayori_proto::types::Secret;
use tayori_testkit::authorization_server::{AuthorizationServer, RefreshTokens};
use tempfile::TempDir;
use tokio::sync::Notify;

use super::{client, http, login, server, settings, token};

/// An account that is logged in, with its files, and a clock that the test sets.
struct Fixture {
    server: AuthorizationServer,
    client: Client,
    folder: TempDir,
    /// Seconds by which the clock is off.
    off: Arc<AtomicI64>,
    tokens: Tokens,
}

impl Fixture {
    async fn new() -> Self {
        let server = server();
        let client = client(&server);
        let folder = tempfile::tempdir().unwrap();
        let tokens = login(&client).await.unwrap();
        let fixture = Self { client, folder, off: Arc::default(), tokens: tokens.clone(), server };
        fixture.process().keep(tokens).await.unwrap();
        fixture.server.asked();
        fixture
    }

    /// The account as another process has it: nothing is shared but files.
    fn process(&self) -> Account {
        self.with(http(), Arc::new(FileStore::new(self.folder.path().join("tokens"))))
    }

    fn with(&self, http: Arc<dyn Fetch>, store: Arc<dyn TokenStore>) -> Account {
        let off = Arc::clone(&self.off);
        let clock = move || {
            let off = off.load(Ordering::SeqCst);
            let by = Duration::from_secs(off.unsigned_abs());
            if off < 0 { SystemTime::now() - by } else { SystemTime::now() + by }
        };
        let user = Identity::new("alice@example.org").unwrap();
        Account::with_clock(user, self.client.clone(), http, store, self.folder.path().join("lock"), clock)
    }

    fn set_clock(&self, off: i64) {
        self.off.store(off, Ordering::SeqCst);
    }

    fn stored(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("tokens")).unwrap()
    }
}

fn said(credentials: Credentials) -> String {
    let Credentials::Token { user, token } = credentials else { panic!("{credentials:?}") };
    assert_eq!(user.as_str(), "alice@example.org");
    String::from_utf8(token.expose().to_vec()).unwrap()
}

#[tokio::test]
async fn a_token_that_is_good_is_used_by_every_process() {
    let fixture = Fixture::new().await;
    fixture.set_clock(3600 - 301);
    assert_eq!(said(fixture.process().credentials().await.unwrap()), token(&fixture.tokens));
    assert_eq!(fixture.server.asked(), [""; 0]);
}

#[tokio::test]
async fn a_token_is_renewed_ahead_of_its_end_and_kept() {
    let fixture = Fixture::new().await;
    fixture.set_clock(3600 - 299);
    let account = fixture.process();
    let second = said(account.credentials().await.unwrap());
    assert_ne!(second, token(&fixture.tokens));
    assert!(fixture.server.is_active(&second));
    assert_eq!(fixture.server.asked(), ["/token refresh_token"]);
    // Neither this process nor another one asks again.
    assert_eq!(said(account.credentials().await.unwrap()), second);
    assert_eq!(said(fixture.process().credentials().await.unwrap()), second);
    assert_eq!(fixture.server.asked(), [""; 0]);
    // The refresh token was replaced, and the new one was kept: it is good for another round.
    fixture.set_clock(2 * 3600);
    assert_ne!(said(fixture.process().credentials().await.unwrap()), second);
    assert_eq!(fixture.server.asked(), ["/token refresh_token"]);
}

#[tokio::test]
async fn a_refresh_token_that_is_not_sent_again_stays() {
    let fixture = Fixture::new().await;
    fixture.server.behave(|behaviour| behaviour.refresh_tokens = RefreshTokens::Stay);
    for round in 1..4 {
        fixture.set_clock(round * 3600);
        fixture.process().credentials().await.unwrap();
        assert_eq!(fixture.server.asked(), ["/token refresh_token"]);
    }
}

#[tokio::test]
async fn whoever_needs_a_token_at_the_same_time_waits_for_one_request() {
    let fixture = Fixture::new().await;
    fixture.set_clock(3600);
    let account = fixture.process();
    let (one, two, three) = tokio::join!(account.credentials(), account.credentials(), account.credentials());
    let one = said(one.unwrap());
    assert_eq!((said(two.unwrap()), said(three.unwrap())), (one.clone(), one));
    assert_eq!(fixture.server.asked(), ["/token refresh_token"]);
}

#[tokio::test(start_paused = true)]
async fn processes_that_need_a_token_at_the_same_time_do_not_lose_the_newer_one() {
    let fixture = Fixture::new().await;
    for round in 1..5 {
        fixture.set_clock(round * 3600);
        let (first, second, third) = (fixture.process(), fixture.process(), fixture.process());
        let (one, two, three) = tokio::join!(first.credentials(), second.credentials(), third.credentials());
        let one = said(one.unwrap());
        assert_eq!((said(two.unwrap()), said(three.unwrap())), (one.clone(), one));
        assert_eq!(fixture.server.asked(), ["/token refresh_token"]);
    }
}

#[tokio::test]
async fn a_revoked_refresh_token_says_to_log_in_again() {
    let fixture = Fixture::new().await;
    let before = fixture.stored();
    fixture.server.revoke();
    fixture.set_clock(3600);
    let account = fixture.process();
    let error = account.credentials().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the refresh token is no longer good (invalid_grant, \"the refresh token was revoked or replaced\"); log in \
         again"
    );
    assert!(matches!(error, OAuthError::LoginAgain { .. }));
    assert_eq!(fixture.stored(), before);
    // After that, all is well.
    let tokens = login(&fixture.client).await.unwrap();
    fixture.set_clock(0);
    account.keep(tokens.clone()).await.unwrap();
    assert_eq!(said(account.credentials().await.unwrap()), token(&tokens));
    assert_eq!(said(fixture.process().credentials().await.unwrap()), token(&tokens));
}

#[tokio::test]
async fn a_token_that_the_mail_server_refuses_is_renewed_once() {
    let fixture = Fixture::new().await;
    let account = fixture.process();
    let refused = Secret::new(said(account.credentials().await.unwrap())).unwrap();
    fixture.server.expire_access_tokens();
    let (one, two) = tokio::join!(account.renew(&refused), account.renew(&refused));
    let one = said(one.unwrap());
    assert_eq!(said(two.unwrap()), one);
    assert!(fixture.server.is_active(&one));
    assert_eq!(fixture.server.asked(), ["/token refresh_token"]);
    // Another process, which still has the old one, finds the new one in the store.
    assert_eq!(said(fixture.process().renew(&refused).await.unwrap()), one);
    assert_eq!(fixture.server.asked(), [""; 0]);
}

#[tokio::test]
async fn a_clock_that_is_off_costs_a_refresh_at_most() {
    let fixture = Fixture::new().await;
    // Set back: the token seems to come from the future.
    fixture.set_clock(-3600);
    let second = said(fixture.process().credentials().await.unwrap());
    assert_eq!(fixture.server.asked(), ["/token refresh_token"]);
    // As long as it stays off, nothing more happens.
    assert_eq!(said(fixture.process().credentials().await.unwrap()), second);
    assert_eq!(fixture.server.asked(), [""; 0]);
    // Set right again: the token seems older than it is, and is renewed too early.
    fixture.set_clock(0);
    assert_ne!(said(fixture.process().credentials().await.unwrap()), second);
    assert_eq!(fixture.server.asked(), ["/token refresh_token"]);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_does_not_lengthen_a_token_of_this_process() {
    let fixture = Fixture::new().await;
    fixture.set_clock(3600);
    let account = fixture.process();
    let second = said(account.credentials().await.unwrap());
    tokio::time::advance(Duration::from_secs(3600)).await;
    // The wall clock says that no time has passed.
    let third = said(account.credentials().await.unwrap());
    assert_ne!(second, third);
}

#[tokio::test]
async fn a_short_life_is_not_all_margin() {
    let fixture = Fixture::new().await;
    fixture.server.behave(|behaviour| behaviour.life = Some(60.into()));
    fixture.set_clock(3600);
    let second = said(fixture.process().credentials().await.unwrap());
    fixture.set_clock(3600 + 40);
    assert_eq!(said(fixture.process().credentials().await.unwrap()), second);
    fixture.set_clock(3600 + 50);
    assert_ne!(said(fixture.process().credentials().await.unwrap()), second);
}

#[tokio::test]
async fn a_scope_that_is_taken_back_is_told() {
    let fixture = Fixture::new().await;
    fixture.server.behave(|behaviour| behaviour.narrowed = Some("contacts".to_owned()));
    fixture.set_clock(3600);
    let error = fixture.process().credentials().await.unwrap_err();
    assert_eq!(error.to_string(), "the right to imap was not given");
    // What came is kept all the same, or the refresh token would be lost with it.
    fixture.server.behave(|behaviour| behaviour.narrowed = None);
    fixture.process().credentials().await.unwrap();
}

#[tokio::test]
async fn without_a_login_nothing_is_asked() {
    let fixture = Fixture::new().await;
    let account = fixture.process();
    account.forget().await.unwrap();
    let error = account.credentials().await.unwrap_err();
    assert_eq!(error.to_string(), "there is no refresh token for this account; log in first");
    assert!(!fixture.folder.path().join("tokens").exists());
    assert_eq!(fixture.server.asked(), [""; 0]);
}

#[tokio::test]
async fn tokens_go_to_nobody_but_whom_they_came_from() {
    let mut fixture = Fixture::new().await;
    let stored = fixture.stored();
    fixture.set_clock(3600);
    let other = server();
    let mut changed = settings(&fixture.server, Flow::Browser);
    changed.token_url = Some(other.url("/token"));
    fixture.client = Client::new(&changed).unwrap();
    assert!(matches!(fixture.process().credentials().await, Err(OAuthError::NoLogin)));
    let mut changed = settings(&fixture.server, Flow::Browser);
    changed.client_id = Some("another".to_owned());
    fixture.client = Client::new(&changed).unwrap();
    assert!(matches!(fixture.process().credentials().await, Err(OAuthError::NoLogin)));
    assert_eq!((other.asked(), fixture.server.asked()), (vec![], vec![]));
    // The same holds for what cannot be read.
    fixture.client = client(&fixture.server);
    for broken in ["", "{", "[]", &stored.replace("\"version\":1", "\"version\":2")] {
        std::fs::write(fixture.folder.path().join("tokens"), broken).unwrap();
        assert!(matches!(fixture.process().credentials().await, Err(OAuthError::NoLogin)), "{broken}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let fixture = Fixture::new().await;
    let path = fixture.folder.path().join("tokens");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let error = fixture.process().credentials().await.unwrap_err();
    assert!(matches!(error, OAuthError::Store(StoreError::Exposed { mode: 0o640, .. })), "{error:?}");
    assert_eq!(fixture.server.asked(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_is_never_released_is_told() {
    let fixture = Fixture::new().await;
    let lock = std::fs::File::open(fixture.folder.path().join("lock")).unwrap();
    lock.lock().unwrap();
    let error = fixture.process().credentials().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("another process holds the lock {}", fixture.folder.path().join("lock").display())
    );
}

/// A store that fails so many times before it keeps something, and holds only so much.
#[derive(Debug)]
struct Weak {
    store: FileStore,
    failures: AtomicU32,
    capacity: usize,
}

impl Weak {
    fn new(folder: &Path, failures: u32, capacity: usize) -> Arc<Self> {
        let failures = AtomicU32::new(failures);
        Arc::new(Self { store: FileStore::new(folder.join("tokens")), failures, capacity })
    }
}

impl TokenStore for Weak {
    fn load(&self) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, StoreError> {
        self.store.load()
    }

    fn save(&self, octets: &[u8]) -> Result<(), StoreError> {
        assert!(octets.len() <= self.capacity, "{} octets", octets.len());
        let left = self.failures.load(Ordering::SeqCst);
        if left > 0 {
            self.failures.store(left - 1, Ordering::SeqCst);
            return Err(StoreError::Other { detail: "the keyring is locked".to_owned() });
        }
        self.store.save(octets)
    }

    fn remove(&self) -> Result<(), StoreError> {
        self.store.remove()
    }

    fn capacity(&self) -> usize {
        self.capacity
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_kept_is_not_used_and_not_lost() {
    let fixture = Fixture::new().await;
    fixture.set_clock(3600);
    let account = fixture.with(http(), Weak::new(fixture.folder.path(), 2, usize::MAX));
    for _ in 0..2 {
        let error = account.credentials().await.unwrap_err();
        assert_eq!(error.to_string(), "the tokens cannot be kept: the keyring is locked");
    }
    let second = said(account.credentials().await.unwrap());
    assert_eq!(fixture.server.asked(), ["/token refresh_token"]);
    assert_eq!(said(fixture.process().credentials().await.unwrap()), second);
}

#[tokio::test]
async fn a_small_store_gets_the_refresh_token_alone() {
    let fixture = Fixture::new().await;
    let store = || Weak::new(fixture.folder.path(), 0, 250);
    let account = fixture.with(http(), store());
    account.keep(fixture.tokens.clone()).await.unwrap();
    assert!(fixture.stored().contains("\"access_token\":null"), "{}", fixture.stored());
    // This process knows the token; the next one asks for another.
    assert_eq!(said(account.credentials().await.unwrap()), token(&fixture.tokens));
    assert_eq!(fixture.server.asked(), [""; 0]);
    said(fixture.with(http(), store()).credentials().await.unwrap());
    assert_eq!(fixture.server.asked(), ["/token refresh_token"]);
}

/// Holds an answer back until the test lets it through.
#[derive(Debug)]
struct Gate {
    http: Arc<dyn Fetch>,
    has_answer: Notify,
    open: Notify,
    is_through: Notify,
}

impl Fetch for Gate {
    fn fetch(&self, request: Request) -> Fetching<'_> {
        Box::pin(async move {
            let answer = self.http.fetch(request).await;
            self.has_answer.notify_one();
            self.open.notified().await;
            self.is_through.notify_one();
            answer
        })
    }
}

#[tokio::test]
async fn a_caller_that_gives_up_does_not_lose_the_refresh_token() {
    let fixture = Fixture::new().await;
    fixture.set_clock(3600);
    let gate = Arc::new(Gate {
        http: http(),
        has_answer: Notify::new(),
        open: Notify::new(),
        is_through: Notify::new(),
    });
    let account =
        fixture.with(Arc::clone(&gate) as Arc<dyn Fetch>, Weak::new(fixture.folder.path(), 0, usize::MAX));
    tokio::select! {
        credentials = account.credentials() => panic!("{credentials:?}"),
        () = gate.has_answer.notified() => {}
    }
    // The server has replaced the token, and nobody waits for it any more.
    gate.open.notify_one();
    gate.is_through.notified().await;
    said(account.credentials().await.unwrap());
    assert_eq!(fixture.server.asked(), ["/token refresh_token"]);
    said(fixture.process().credentials().await.unwrap());
    assert_eq!(fixture.server.asked(), [""; 0]);
}
