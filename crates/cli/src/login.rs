//! Who logs in and how, and what to say when that fails.

mod words;

use tayori_client::{
    ClearText, Connection, Credentials, Identity, LoginFailed, LoginPolicy, Mechanism, Session,
};
use tayori_proto::sasl::Trace;
use tayori_proto::types::Secret;

use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::{Auth, Place};
use crate::tls_mode::TlsMode;

/// Who logs in, and how.
pub(crate) struct Login {
    who: Who,
    policy: LoginPolicy,
    /// For messages: "cannot log in as ann at mail.example.org".
    doing: String,
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
    /// Reads it from the place. Who connects without TLS has asked for clear text.
    pub(crate) fn new(place: &Place, tls: TlsMode) -> Result<Self, Failure> {
        Self::of(place.user(), place, tls)
    }

    /// The same for a place that names no user: how somebody would log in who has a password.
    pub(crate) fn of_somebody(place: &Place, tls: TlsMode) -> Result<Self, Failure> {
        Self::of("somebody", place, tls)
    }

    fn of(user: &str, place: &Place, tls: TlsMode) -> Result<Self, Failure> {
        let policy = LoginPolicy::new().clear_text(match tls {
            TlsMode::None => ClearText::Allowed,
            TlsMode::Implicit | TlsMode::StartTls => ClearText::Refused,
        });
        let user = Identity::new(user)
            .map_err(|err| Failure::new(Exit::Usage, format!("the user name cannot be sent: {err}")))?;
        let (who, policy) = match place.auth() {
            None | Some(Auth::Any) => (Who::Password(user), policy),
            Some(Auth::Mechanism(name)) => {
                let mechanism = Mechanism::from_name(name).ok_or_else(|| unknown(name))?;
                if !is_built_in(mechanism) {
                    return Err(left_out(mechanism));
                }
                (Who::of(mechanism, user)?, policy.only(mechanism))
            }
        };
        let doing = format!("cannot log in as {} at {}", escape_str(place.user()), escape_str(place.host()));
        Ok(Self { who, policy, doing })
    }

    /// What somebody has to be asked for, as a question calls it.
    pub(crate) fn asks_for(&self) -> Option<&'static str> {
        match self.who {
            Who::Password(_) => Some("password"),
            Who::Token(_) => Some("access token"),
            Who::Ready(_) => None,
        }
    }

    /// What the login is made with; `secret` is what was asked for, if anything was.
    pub(crate) fn credentials(&self, secret: Option<Secret>) -> Result<Credentials, Failure> {
        let missing = || Failure::new(Exit::Usage, "there is no password to log in with");
        Ok(match &self.who {
            Who::Password(user) => Credentials::password(user.clone(), secret.ok_or_else(missing)?),
            Who::Token(user) => Credentials::Token { user: user.clone(), token: secret.ok_or_else(missing)? },
            Who::Ready(credentials) => credentials.clone(),
        })
    }

    /// Logs in, unless the server has done so by itself.
    pub(crate) async fn log_in(
        &self,
        connection: Connection,
        credentials: &Credentials,
    ) -> Result<Session, Failure> {
        let connection = match connection.into_preauthenticated() {
            Ok(session) => return Ok(session),
            Err(connection) => connection,
        };
        let logged_in = connection.log_in(credentials, &self.policy).await;
        logged_in.map(|it| it.session).map_err(|failed| self.explain(failed, credentials))
    }

    /// Why nobody got in with these, in words.
    pub(crate) fn explain(&self, failed: LoginFailed, credentials: &Credentials) -> Failure {
        words::failure(failed, credentials).while_doing(&self.doing)
    }

    pub(crate) fn policy(&self) -> &LoginPolicy {
        &self.policy
    }

    /// The same with a secret that is none: for who asks how the login would be made, and makes none.
    pub(crate) fn stand_in(&self) -> Result<Credentials, Failure> {
        let secret = self.asks_for().map(|_| Secret::new("stand-in")).transpose();
        self.credentials(secret.map_err(|err| Failure::new(Exit::Failed, err.to_string()))?)
    }
}

impl Who {
    fn of(mechanism: Mechanism, user: Identity) -> Result<Self, Failure> {
        Ok(match mechanism {
            Mechanism::XOAuth2 | Mechanism::OAuthBearer => Self::Token(user),
            // The certificate says who it is. That it is somebody else than the place says is for the server to refuse.
            Mechanism::External => Self::Ready(Credentials::Certificate { act_as: Some(user) }),
            // The ticket says who it is; as above.
            Mechanism::Gssapi => Self::Ready(Credentials::Kerberos { act_as: Some(user) }),
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

fn unknown(name: &str) -> Failure {
    let known = Mechanism::ALL.into_iter().rev().filter(|mechanism| is_built_in(*mechanism));
    let known: Vec<_> = known.map(Mechanism::name).collect();
    let message =
        format!("the place asks for the login mechanism {}, which tayori does not have", escape_str(name));
    Failure::new(Exit::Usage, message)
        .hint(format!("leave out ;AUTH= to use the best that the server offers; it has {}", known.join(", ")))
}
