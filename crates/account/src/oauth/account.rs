use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tayori_proto::sasl::{Credentials, Identity};
use tayori_proto::types::Secret;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::store::Lock;
use super::token::{Unsuccessful, decode, encode, exchange};
use super::{Client, OAuthError, StoreError, TokenStore, Tokens};
use crate::http::{Fetch, Form};

/// How long a lock is waited for: longer than a request may take that is made under it.
const LOCKED: Duration = Duration::from_secs(60);

/// How often it is tried.
const TRY: Duration = Duration::from_millis(50);

/// Where the time comes from that tokens are kept by.
type Clock = dyn Fn() -> SystemTime + Send + Sync;

/// An account that somebody has logged in to, or will: gives access tokens, and renews them.
///
/// Clones are the same account. Each account of a process is made once and cloned, so that it asks once.
#[derive(Clone)]
pub struct Account(Arc<Inner>);

struct Inner {
    user: Identity,
    client: Client,
    http: Arc<dyn Fetch>,
    store: Arc<dyn TokenStore>,
    lock: PathBuf,
    clock: Box<Clock>,
    /// Held while the server is asked, so that whoever comes meanwhile waits for the same answer.
    held: Mutex<Option<Held>>,
}

/// What this process knows of the store.
struct Held {
    tokens: Tokens,
    /// Until when the access token is used by the clock that cannot be set; none if it is not known when it was given.
    until: Option<Instant>,
    is_saved: bool,
}

impl Account {
    /// An account. Nothing is read or asked before the first token is needed.
    ///
    /// `lock` is a file that only this account uses, in a folder that all processes of the user see. It is made if it
    /// is missing, and stays.
    pub fn new(
        user: Identity,
        client: Client,
        http: Arc<dyn Fetch>,
        store: Arc<dyn TokenStore>,
        lock: impl Into<PathBuf>,
    ) -> Self {
        Self::with_clock(user, client, http, store, lock, SystemTime::now)
    }

    /// An account that goes by another clock than the system's.
    pub fn with_clock(
        user: Identity,
        client: Client,
        http: Arc<dyn Fetch>,
        store: Arc<dyn TokenStore>,
        lock: impl Into<PathBuf>,
        clock: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Self {
        let (lock, clock) = (lock.into(), Box::new(clock));
        Self(Arc::new(Inner { user, client, http, store, lock, clock, held: Mutex::new(None) }))
    }

    /// The program as the authorization server knows it, to log in with.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// Keeps what a login has brought, in place of what there was.
    pub async fn keep(&self, tokens: Tokens) -> Result<(), OAuthError> {
        let inner = Arc::clone(&self.0);
        // In a task of its own, since it is not to end half-way.
        spawned(async move {
            let mut held = inner.held.lock().await;
            let _lock = inner.lock().await?;
            let kept = held.insert(Held { tokens, until: None, is_saved: false });
            inner.save(kept).await
        })
        .await
    }

    /// Forgets the tokens, here and in the store. At the server they stay good.
    pub async fn forget(&self) -> Result<(), OAuthError> {
        let inner = Arc::clone(&self.0);
        spawned(async move {
            let mut held = inner.held.lock().await;
            let _lock = inner.lock().await?;
            let store = Arc::clone(&inner.store);
            blocking(move || store.remove()).await??;
            *held = None;
            Ok(())
        })
        .await
    }

    /// A token that is good for some minutes at least, as far as is known here, renewed if that is needed.
    ///
    /// Must be called within a runtime of tokio. If the future is dropped while a token is renewed, that goes on, and
    /// what comes of it is kept.
    pub async fn credentials(&self) -> Result<Credentials, OAuthError> {
        let inner = Arc::clone(&self.0);
        spawned(async move { inner.token(None).await }).await
    }

    /// Another token than this one, which the mail server has refused though it looked good: the clock is wrong, or it
    /// was revoked. If there is another one already, the authorization server is not asked.
    pub async fn renew(&self, refused: &Secret) -> Result<Credentials, OAuthError> {
        let (inner, refused) = (Arc::clone(&self.0), refused.clone());
        spawned(async move { inner.token(Some(&refused)).await }).await
    }
}

/// Shows no token.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("user", &self.0.user)
            .field("client", &self.0.client)
            .field("store", &self.0.store)
            .finish_non_exhaustive()
    }
}

impl Inner {
    async fn token(&self, refused: Option<&Secret>) -> Result<Credentials, OAuthError> {
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_mut().filter(|held| self.is_good(held, refused)) {
            if !held.is_saved {
                let _lock = self.lock().await?;
                self.save(held).await?;
            }
            return Ok(self.credentials(&held.tokens));
        }
        let _lock = self.lock().await?;
        if let Some(held) = held.as_mut().filter(|held| !held.is_saved) {
            // The store has what was replaced already, so that it must not be loaded.
            self.save(held).await?;
        } else if let Some(tokens) = self.load().await? {
            // Another process may have renewed it meanwhile. If it has not, its end is still known here.
            let same = held.take().filter(|held| held.tokens.access == tokens.access);
            let until = same.and_then(|held| held.until);
            let found = held.insert(Held { tokens, until, is_saved: true });
            if self.is_good(found, refused) {
                return Ok(self.credentials(&found.tokens));
            }
        } else {
            *held = None;
        }
        let renewed = self.refresh(&held.as_ref().ok_or(OAuthError::NoLogin)?.tokens).await?;
        let new = held.insert(renewed);
        // Before it is used: if it were lost now, so would be the account.
        self.save(new).await?;
        let missing = self.client.missing(&new.tokens.scopes);
        if !missing.is_empty() {
            return Err(OAuthError::ScopeNarrowed { missing, granted: new.tokens.scopes.clone() });
        }
        Ok(self.credentials(&new.tokens))
    }

    fn is_good(&self, held: &Held, refused: Option<&Secret>) -> bool {
        held.tokens.is_fresh((self.clock)())
            && held.until.is_none_or(|until| Instant::now() < until)
            && refused != Some(&held.tokens.access)
            && self.client.missing(&held.tokens.scopes).is_empty()
    }

    fn credentials(&self, tokens: &Tokens) -> Credentials {
        Credentials::Token { user: self.user.clone(), token: tokens.access.clone() }
    }

    /// RFC 6749 section 6
    async fn refresh(&self, old: &Tokens) -> Result<Held, OAuthError> {
        let refresh = old.refresh.as_ref().ok_or(OAuthError::NoLogin)?;
        let form = Form::new().with("grant_type", "refresh_token").with("refresh_token", refresh.expose());
        let secrets = [refresh.expose(), old.access.expose()];
        let (asked, asked_at) = (Instant::now(), (self.clock)());
        match exchange(&*self.http, &self.client, form, &secrets, asked_at).await {
            Ok(mut tokens) => {
                // A server that sends none means that the old one stays.
                tokens.refresh = tokens.refresh.or_else(|| old.refresh.clone());
                Ok(Held { until: Some(asked + tokens.useful()), tokens, is_saved: false })
            }
            Err(Unsuccessful::Server(error)) if error.code == "invalid_grant" => {
                Err(OAuthError::LoginAgain { error })
            }
            Err(Unsuccessful::Server(error)) => Err(error.classify()),
            Err(Unsuccessful::Other(error)) => Err(error),
        }
    }

    async fn load(&self) -> Result<Option<Tokens>, OAuthError> {
        let store = Arc::clone(&self.store);
        let octets = blocking(move || store.load()).await??;
        Ok(octets.and_then(|octets| decode(&octets, &self.client)))
    }

    async fn save(&self, held: &mut Held) -> Result<(), OAuthError> {
        let store = Arc::clone(&self.store);
        let octets = encode(&held.tokens, &self.client, store.capacity());
        blocking(move || store.save(&octets)).await??;
        held.is_saved = true;
        Ok(())
    }

    async fn lock(&self) -> Result<Lock, OAuthError> {
        let end = Instant::now() + LOCKED;
        loop {
            let path = self.lock.clone();
            if let Some(lock) = blocking(move || Lock::try_take(&path)).await?? {
                return Ok(lock);
            }
            if Instant::now() >= end {
                return Err(StoreError::Locked { path: self.lock.clone() }.into());
            }
            sleep(TRY).await;
        }
    }
}

/// Runs to its end even if nobody waits for it.
async fn spawned<T: Send + 'static>(
    work: impl Future<Output = Result<T, OAuthError>> + Send + 'static,
) -> Result<T, OAuthError> {
    tokio::spawn(work).await.map_err(|_| OAuthError::Stopped)?
}

async fn blocking<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Result<T, OAuthError> {
    tokio::task::spawn_blocking(run).await.map_err(|_| OAuthError::Stopped)
}
