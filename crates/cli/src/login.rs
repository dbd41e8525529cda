//! Who logs in and how, and what to say when that fails.

mod provider;
mod words;

use tayori_account::config::{AccountName, Environment, OAuth, SecretSource, TlsMode};
use tayori_account::oauth;
use tayori_account::provider::Provider;
use tayori_client::{
    Behaviour, ClearText, Connection, Credentials, Identity, LoggedIn, LoginError, LoginFailed, LoginPolicy,
    Mechanism,
};
use tayori_proto::sasl::Trace;
use tayori_proto::types::{IdParameters, Secret};
use tokio::sync::OnceCell;

use crate::cli::WeakerAuth;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::memory::Memory;
use crate::password;
use crate::target::Target;

pub(crate) use words::no_token;

/// Who logs in, and how.
pub(crate) struct Login {
    who: Who,
    source: SecretSource,
    account: Option<AccountName>,
    policy: LoginPolicy,
    memory: Option<Memory>,
    provider: Option<&'static Provider>,
    has_certificate: bool,
    /// Made once, since it knows which tokens are still good.
    tokens: OnceCell<oauth::Account>,
    /// For questions and messages: "ann at mail.example.org".
    in_words: String,
}

/// What a login is made with.
enum Who {
    /// A name and its password.
    Password(Identity),
    /// A name, and an access token in place of the password.
    Token(Identity),
    /// Nothing that anybody has to be asked for.
    Ready(Credentials),
}

impl Login {
    /// Finds out what can be found out without asking anybody. Who connects without TLS has asked for clear text.
    pub(crate) fn new(
        target: &Target,
        weaker_auth: WeakerAuth,
        memory: Option<Memory>,
    ) -> Result<Self, Failure> {
        Self::of(target.user(), target, weaker_auth, memory)
    }

    /// The same where no user is named: how somebody would log in who has a password.
    pub(crate) fn of_somebody(target: &Target) -> Result<Self, Failure> {
        Self::of(Some("somebody"), target, WeakerAuth::Refused, None)
    }

    fn of(
        user: Option<&str>,
        target: &Target,
        weaker_auth: WeakerAuth,
        memory: Option<Memory>,
    ) -> Result<Self, Failure> {
        let settings = &target.settings;
        let mut policy = LoginPolicy::new().clear_text(match target.tls() {
            TlsMode::None => ClearText::Allowed,
            TlsMode::Implicit | TlsMode::StartTls => ClearText::Refused,
        });
        if let Some(floor) = &settings.minimum_auth {
            policy = policy.at_least(floor.value);
        }
        let strongest = memory.as_ref().and_then(Memory::strongest_mechanism);
        if let (Some(strongest), WeakerAuth::Refused) = (strongest, weaker_auth) {
            policy = policy.pinned(strongest);
        }
        let user = user.map(Identity::new).transpose();
        let user =
            user.map_err(|err| Failure::new(Exit::Usage, format!("the user name cannot be sent: {err}")))?;
        let source = settings.secret.value.clone();
        let who = match &settings.auth {
            None => {
                let user = user.ok_or_else(|| nobody(target))?;
                match source {
                    SecretSource::OAuth(_) => Who::Token(user),
                    _ => Who::Password(user),
                }
            }
            Some(mechanism) => {
                let mechanism = mechanism.value;
                if !is_built_in(mechanism) {
                    return Err(left_out(mechanism));
                }
                policy = policy.only(mechanism);
                Who::of(mechanism, user, target)?
            }
        };
        let (account, in_words) = (target.account().cloned(), target.in_words());
        let provider = target.provider();
        let has_certificate = settings.client_identity.is_some();
        let tokens = OnceCell::new();
        Ok(Self { who, source, account, policy, memory, provider, has_certificate, tokens, in_words })
    }

    /// What somebody has to be asked for, as a question calls it.
    fn asks_for(&self) -> Option<&'static str> {
        match self.who {
            Who::Password(_) => Some("password"),
            Who::Token(_) => Some("access token"),
            Who::Ready(_) => None,
        }
    }

    /// Gets what the login is made with from where it is; waits for a command, a person or an authorization server
    /// perhaps.
    pub(crate) async fn credentials(&self) -> Result<Credentials, Failure> {
        if let (Who::Token(user), SecretSource::OAuth(oauth)) = (&self.who, &self.source) {
            let tokens = self.tokens(user, oauth).await?;
            return tokens.credentials().await.map_err(|error| self.no_token(&error));
        }
        let Some(what) = self.asks_for() else { return self.with_secret(None) };
        let entry = self.account.as_ref().map_or("", AccountName::as_str);
        let question = format!("{what} of {}: ", self.in_words);
        self.with_secret(Some(password::password(&self.source, entry, question).await?))
    }

    /// What the login is made with, where the secret is at hand.
    pub(crate) fn with_secret(&self, secret: Option<Secret>) -> Result<Credentials, Failure> {
        let missing = || Failure::new(Exit::Usage, "there is no password to log in with");
        Ok(match &self.who {
            Who::Password(user) => Credentials::password(user.clone(), secret.ok_or_else(missing)?),
            Who::Token(user) => Credentials::Token { user: user.clone(), token: secret.ok_or_else(missing)? },
            Who::Ready(credentials) => credentials.clone(),
        })
    }

    /// Where tokens come from.
    async fn tokens(&self, user: &Identity, oauth: &OAuth) -> Result<&oauth::Account, Failure> {
        let Some(account) = &self.account else {
            return Err(Failure::new(Exit::Usage, "only an account of the configuration has tokens"));
        };
        let tokens =
            self.tokens.get_or_try_init(|| {
                let environment = Environment::process();
                let options = password::options();
                async move {
                    oauth::Account::configured(account, user.clone(), oauth, &environment, &options).await
                }
            });
        tokens.await.map_err(|error| Failure::new(Exit::Usage, escape_str(&error.to_string())))
    }

    /// Another token, where the server has refused this one. `None` where that is not what has failed.
    pub(crate) async fn renewed(
        &self,
        failed: &LoginFailed,
        credentials: &Credentials,
    ) -> Result<Option<Credentials>, Failure> {
        let is_refused = match &failed.error {
            tayori_client::Error::Refused { .. } => true,
            tayori_client::Error::Login(error) => matches!(**error, LoginError::Refused { .. }),
            _ => false,
        };
        let (Who::Token(user), SecretSource::OAuth(oauth), Credentials::Token { token, .. }) =
            (&self.who, &self.source, credentials)
        else {
            return Ok(None);
        };
        if !is_refused {
            return Ok(None);
        }
        let tokens = self.tokens(user, oauth).await?;
        tokens.renew(token).await.map(Some).map_err(|error| self.no_token(&error))
    }

    fn no_token(&self, error: &oauth::OAuthError) -> Failure {
        words::no_token(error, self.account.as_ref()).while_doing(&self.doing())
    }

    /// Logs in, and notes what with.
    pub(crate) async fn log_in(
        &self,
        connection: Connection,
        credentials: &Credentials,
    ) -> Result<LoggedIn, Box<LoginFailed>> {
        let mut logged_in = connection.log_in(credentials, &self.policy).await.map_err(Box::new)?;
        let own = IdParameters::new([("name", Some("tayori")), ("version", Some(env!("CARGO_PKG_VERSION")))]);
        let is_wanted = self.provider.is_some_and(|provider| provider.send_id)
            || logged_in.session.profile().has(Behaviour::WantsId);
        if let (true, Ok(own)) = (is_wanted, own) {
            // Some open no mailbox without it. That it has failed is told by what they refuse then.
            let _ = logged_in.session.id(&own).await;
        }
        if let Some(memory) = &self.memory {
            memory.note_login(logged_in.method);
        }
        Ok(logged_in)
    }

    /// Why nobody got in with these, in words.
    pub(crate) fn explain(&self, failed: LoginFailed, credentials: &Credentials) -> Failure {
        words::failure(failed, credentials, self.has_certificate, self.provider).while_doing(&self.doing())
    }

    fn doing(&self) -> String {
        format!("cannot log in as {}", self.in_words)
    }

    pub(crate) fn policy(&self) -> &LoginPolicy {
        &self.policy
    }

    /// The same with a secret that is none: for who asks how the login would be made, and makes none.
    pub(crate) fn stand_in(&self) -> Result<Credentials, Failure> {
        let secret = self.asks_for().map(|_| Secret::new("stand-in")).transpose();
        self.with_secret(secret.map_err(|err| Failure::new(Exit::Failed, err.to_string()))?)
    }
}

impl Who {
    fn of(mechanism: Mechanism, user: Option<Identity>, target: &Target) -> Result<Self, Failure> {
        match mechanism {
            // The certificate says who it is. That it is somebody else than the place says is for the server to refuse.
            Mechanism::External => return Ok(Self::Ready(Credentials::Certificate { act_as: user })),
            // The ticket says who it is; as above.
            Mechanism::Gssapi => return Ok(Self::Ready(Credentials::Kerberos { act_as: user })),
            _ => {}
        }
        let user = user.ok_or_else(|| nobody(target))?;
        Ok(match mechanism {
            Mechanism::XOAuth2 | Mechanism::OAuthBearer => Self::Token(user),
            Mechanism::Anonymous => {
                let trace = Trace::new(user.as_str()).map_err(|err| {
                    Failure::new(Exit::Usage, format!("the user name cannot be left as a trace: {err}"))
                        .hint("with ;AUTH=ANONYMOUS the user is a mail address or a word")
                })?;
                Self::Ready(Credentials::Anonymous { trace })
            }
            _ => Self::Password(user),
        })
    }
}

/// Whether this program has it: Kerberos takes a library of the system.
fn is_built_in(mechanism: Mechanism) -> bool {
    mechanism.is_spoken_here() || cfg!(feature = "gssapi")
}

fn left_out(mechanism: Mechanism) -> Failure {
    let message =
        format!("the place asks for the login mechanism {mechanism}, which this tayori was built without");
    Failure::new(Exit::Usage, message)
        .hint("build it with --features gssapi, or leave out ;AUTH= to log in with a password")
}

/// Nothing says who logs in.
fn nobody(target: &Target) -> Failure {
    let failure = Failure::new(Exit::Usage, "nothing says who logs in");
    match target.account() {
        Some(account) => {
            failure.hint(format!("set user or address of the account {account} in the configuration"))
        }
        None => failure.hint("write imaps://user@host/"),
    }
}

/// There is no mechanism of this name.
pub(crate) fn unknown_mechanism(name: &str) -> Failure {
    let known = Mechanism::ALL.into_iter().rev().filter(|mechanism| is_built_in(*mechanism));
    let known: Vec<_> = known.map(Mechanism::name).collect();
    let message =
        format!("the place asks for the login mechanism {}, which tayori does not have", escape_str(name));
    Failure::new(Exit::Usage, message)
        .hint(format!("leave out ;AUTH= to use the best that the server offers; it has {}", known.join(", ")))
}
