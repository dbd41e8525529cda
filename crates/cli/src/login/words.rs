//! A login that failed, in words: why, whether it is about the password, and what to do.

use tayori_account::config::AccountName;
use tayori_account::oauth::OAuthError;
use tayori_account::provider::Provider;
use tayori_client::{Credentials, Error, GssapiError, LoginError, LoginFailed, LoginMethod, Lost, Mechanism};
use tayori_proto::response::ResponseCode;
use tayori_proto::sasl::{Fault, OAuthRefusal, Problem, Refusal, SaslError, ScramRefusal, Unusable};
use tayori_proto::types::Text;

use super::provider;
use crate::escape::{escape_bounded, escape_str};
use crate::exit::Exit;
use crate::failure::Failure;

/// What a server says within a mechanism is cut to this.
const MOST_SAID: usize = 200;

/// A login that failed.
#[derive(Clone, Copy)]
struct Tried<'a> {
    credentials: &'a Credentials,
    /// Whether the connection could show one.
    has_certificate: bool,
    provider: Option<&'a Provider>,
    method: Option<LoginMethod>,
    untried: &'a [LoginMethod],
}

impl Tried<'_> {
    /// Whether the login was bound to the TLS connection.
    fn is_bound(self) -> bool {
        matches!(self.method, Some(LoginMethod::Mechanism(Mechanism::ScramPlus(_))))
    }

    /// What would get in where the mechanism, and not the password, is what the server refuses. Servers offer what they
    /// cannot do: to bind a login to TLS, or to compare what they have a hash of another kind of.
    fn other_way(self) -> Option<Mechanism> {
        let LoginMethod::Mechanism(tried) = self.method? else { return None };
        match tried {
            Mechanism::ScramPlus(hash) => {
                let without = Mechanism::Scram(hash);
                self.untried.contains(&LoginMethod::Mechanism(without)).then_some(without)
            }
            _ if tried.exposes_secret() => None,
            _ => self.untried.iter().find(|method| method.exposes_secret()).map(|method| match method {
                LoginMethod::Mechanism(mechanism) => *mechanism,
                _ => Mechanism::Login,
            }),
        }
    }
}

const LOOKS_LIKE_AN_ATTACK: &str =
    "this is what somebody between here and the server looks like; ask whoever runs the server";

pub(super) fn failure(
    failed: LoginFailed,
    credentials: &Credentials,
    has_certificate: bool,
    provider: Option<&Provider>,
) -> Failure {
    let LoginFailed { error, method, untried, .. } = failed;
    let login = Tried { credentials, has_certificate, provider, method, untried: &untried };
    match error {
        Error::Refused { code, text, .. } => {
            let message = match method {
                Some(LoginMethod::Mechanism(mechanism)) => {
                    format!("the server refused the login with {mechanism}")
                }
                _ => "the server refused LOGIN".to_owned(),
            };
            let is_open_why = matches!(code.as_deref(), None | Some(ResponseCode::AuthenticationFailed));
            let failure = said_no(message, code.as_deref(), text, login);
            match login.other_way() {
                Some(other) if is_open_why && login.is_bound() => failure
                    .hint_as_well(&may_be_the_binding("if it is not that", "Cyrus, Mailutils", other))
                    .or_with(other),
                Some(other) if is_open_why => failure.or_with(other),
                _ => failure,
            }
        }
        Error::Lost(Lost::Ended | Lost::Io(_)) if login.is_bound() => {
            let failure = Failure::from(error);
            match login.other_way() {
                Some(other) => failure
                    .hint("try again")
                    .hint_as_well(&may_be_the_binding(
                        "if it is lost each time",
                        "Dovecot 2.4.1 with TLS 1.2",
                        other,
                    ))
                    .or_with(other),
                None => failure,
            }
        }
        Error::Login(error) => of_login(*error, login),
        other => Failure::from(other),
    }
}

/// A `-PLUS` form has failed, and not a word was said about why: Dovecot 2.4 answers a wrong password and somebody in
/// between in the same way, Cyrus and Mailutils answer everybody so, and Dovecot 2.4.1 closes connections of TLS 1.2.
/// It is not for the program to go on without the binding, which is what somebody in between would want.
fn may_be_the_binding(when: &str, known: &str, without: Mechanism) -> String {
    format!(
        "{when}, somebody is between here and the server, or the server cannot bind logins to TLS though it offers that \
         ({known}): ask whoever runs it; ;AUTH={without} logs in without the binding"
    )
}

/// There is no token to log in with. Without an account somebody is getting one just now.
pub(crate) fn no_token(error: &OAuthError, account: Option<&AccountName>) -> Failure {
    let again = account.map(|account| format!("tayori account login {account} logs in"));
    let (exit, hint) = match error {
        OAuthError::NoLogin | OAuthError::LoginAgain { .. } => (Exit::LoginRefused, again),
        OAuthError::ScopeNarrowed { .. } => (
            Exit::LoginRefused,
            Some(match again {
                Some(again) => format!("{again}; let it read mail when the provider asks"),
                None => "try again, and let it read mail when the provider asks".to_owned(),
            }),
        ),
        OAuthError::ScopeRefused { .. } => (
            Exit::LoginRefused,
            Some("scopes has to name what the provider lets this client id ask for".to_owned()),
        ),
        OAuthError::Client { .. } => (
            Exit::LoginRefused,
            Some("check client-id and client-secret; the provider's page for developers has them".to_owned()),
        ),
        OAuthError::Denied { .. } => (
            Exit::LoginRefused,
            Some(
                "try again and agree; in an organization, whoever runs it may have to allow the program"
                    .to_owned(),
            ),
        ),
        OAuthError::Http(_) | OAuthError::Unavailable { .. } => {
            (Exit::Network, Some("check whether you are online, and try again later".to_owned()))
        }
        OAuthError::Settings(_) | OAuthError::NoEndpoint { .. } => (Exit::Usage, None),
        OAuthError::Answer { .. } => {
            (Exit::Protocol, Some("check the URLs of OAuth in the configuration".to_owned()))
        }
        _ => (Exit::LoginRefused, None),
    };
    let failure = Failure::new(exit, escape_str(&error.to_string()));
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// NO or BAD. Servers without response codes leave it open whether it is about the password.
fn said_no(message: String, code: Option<&ResponseCode>, text: Text, login: Tried<'_>) -> Failure {
    let (exit, hint) = advice(code, login);
    Failure::new(exit, message).said(text).hint(hint)
}

fn advice(code: Option<&ResponseCode>, login: Tried<'_>) -> (Exit, String) {
    let (exit, hint) = match code {
        Some(ResponseCode::AuthorizationFailed) => (
            Exit::LoginRefused,
            "the password may be right, and the mail not open to who has it; check the user name, or ask whoever runs \
             the server",
        ),
        Some(ResponseCode::Expired) => {
            (Exit::LoginRefused, "the password has expired; set a new one where you log in otherwise")
        }
        Some(ResponseCode::ContactAdmin) => (
            Exit::LoginRefused,
            "the server wants you to ask whoever runs it; the account may be blocked, or closed to programs like this one",
        ),
        Some(ResponseCode::Unavailable) => (Exit::Protocol, "the server cannot do it now; try again later"),
        Some(ResponseCode::Limit) => (
            Exit::Protocol,
            "there are too many connections or logins of this account; close other mail programs, or try again later",
        ),
        Some(ResponseCode::InUse) => (
            Exit::Protocol,
            "somebody else has the mailbox to themselves; try again when that program is done, or close it",
        ),
        Some(ResponseCode::PrivacyRequired) => (
            Exit::Protocol,
            "the server wants TLS before a login; use imaps://, or imap:// without --tls none",
        ),
        Some(ResponseCode::ServerBug) => {
            (Exit::Protocol, "the server has a fault of its own; tell whoever runs it")
        }
        _ => {
            let known = login.provider.and_then(provider::advice);
            let known = known.filter(|_| matches!(login.credentials, Credentials::Password { .. }));
            return (Exit::LoginRefused, known.unwrap_or_else(|| check(login)));
        }
    };
    (exit, hint.to_owned())
}

/// What to look at when the server does not take what it was given.
fn check(login: Tried<'_>) -> String {
    let hint = match login.credentials {
        Credentials::Token { .. } => {
            "check the user; the access token may have expired, or be for something else than mail: get a new one"
        }
        Credentials::Certificate { .. } if !login.has_certificate => {
            "no client certificate was shown: --client-cert and --client-key name it, client-certificate and client-key \
             in an account"
        }
        Credentials::Certificate { .. } => {
            "check that the server knows the client certificate, and that it is this user's"
        }
        Credentials::Anonymous { .. } => "the server lets nobody in without a name",
        Credentials::Kerberos { .. } => {
            "klist shows whose ticket it is; the server decides whether that lets this user in"
        }
        _ => match (login.method, login.other_way()) {
            // Of a bound login the binding is what to doubt first.
            (Some(LoginMethod::Mechanism(tried)), Some(other)) if other.exposes_secret() => {
                return format!(
                    "check user and password; if both are right, the server may not have the password in the form that \
                     {tried} takes: auth = \"{other}\" in an account, or ;AUTH={other} in a place, sends it as it is"
                );
            }
            _ => "check user and password; many providers want an app password for programs like this one",
        },
    };
    hint.to_owned()
}

fn of_login(error: LoginError, login: Tried<'_>) -> Failure {
    let hint = match &error {
        LoginError::NoMechanism { offered, login_disabled, usable } => {
            Some(what_would_be_needed(offered, *login_disabled, usable))
        }
        LoginError::NotOffered { login_disabled: true, named: LoginMethod::Command, .. }
        | LoginError::NotOffered {
            login_disabled: true,
            named: LoginMethod::Mechanism(Mechanism::Login),
            ..
        } => Some(
            "LOGIN is disabled (LOGINDISABLED); leave out ;AUTH= to use what the server has instead"
                .to_owned(),
        ),
        LoginError::NotOffered { .. } => {
            Some("leave out ;AUTH= to use the best that the server offers".to_owned())
        }
        LoginError::TooWeak { .. } => {
            Some("it was not used; ask whoever runs the server for something stronger".to_owned())
        }
        LoginError::WeakerThanPinned { .. } => Some(format!(
            "the password was not sent: {LOOKS_LIKE_AN_ATTACK} whether it offers less than before; \
             --allow-weaker-auth logs in for once"
        )),
        LoginError::ClearText { .. } => {
            Some("it was not sent; use imaps://, or imap:// with STARTTLS".to_owned())
        }
        LoginError::Sasl(error) => of_mechanism(error),
        LoginError::Gssapi(error) => Some(of_ticket(error)),
        LoginError::OkAfterRefusal { .. } => {
            Some("look at the dialogue with --trace, and show it to whoever runs the server".to_owned())
        }
        _ => None,
    };
    match error {
        LoginError::Refused { mechanism, refusal, code, text } => {
            let message = format!("the server refused the login with {mechanism}");
            match *refusal {
                Refusal::OAuth(refusal) => {
                    let message = format!("{message}: {}", of_token(&refusal));
                    let failure = said_no(message, code.as_deref(), text, login);
                    match scope_hint(&refusal) {
                        Some(hint) => failure.hint(hint),
                        None => failure,
                    }
                }
                Refusal::Scram(refusal) => of_scram(message, &refusal, code.as_deref(), text, login),
                _ => said_no(message, code.as_deref(), text, login),
            }
        }
        error => {
            let is_about_credentials =
                matches!(&error, LoginError::Sasl(error) if error.fault() == Fault::Credentials);
            let has_no_ticket = matches!(
                &error,
                LoginError::Gssapi(GssapiError::NoTicket { .. } | GssapiError::TicketExpired { .. })
            );
            let library = match &error {
                LoginError::Gssapi(error) => {
                    error.said().map(|said| format!(": {}", quoted_octets(said.as_str().as_bytes())))
                }
                _ => None,
            };
            let failure = Failure::from(Error::from(error)).with(&library.unwrap_or_default());
            let failure =
                if is_about_credentials || has_no_ticket { failure.exit(Exit::Usage) } else { failure };
            match hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        }
    }
}

/// The server offers nothing that can be used: what would be needed, and why what there is does not do.
fn what_would_be_needed(offered: &[String], login_disabled: bool, usable: &[Mechanism]) -> String {
    let by_name = offered
        .iter()
        .filter_map(|name| Mechanism::from_name(name))
        .find(|mechanism| mechanism.is_by_name_only());
    let mut needed: Vec<_> = usable.iter().map(|mechanism| mechanism.name()).collect();
    if usable.contains(&Mechanism::Login) {
        needed.push("the command LOGIN");
    }
    let needed = match needed.len() {
        0 => String::new(),
        1 => format!("{} would be needed", needed[0]),
        _ => format!("one of these would be needed: {}", needed.join(", ")),
    };
    let disabled = if login_disabled { "the server has disabled LOGIN here (LOGINDISABLED); " } else { "" };
    match by_name {
        Some(mechanism) => format!(
            "{mechanism} is old, and used only where the place names it: USER;AUTH={mechanism}@HOST; {disabled}{needed}"
        ),
        None => format!("{disabled}{needed}"),
    }
}

fn of_mechanism(error: &SaslError) -> Option<String> {
    let hint = match (&error.problem, error.fault()) {
        (_, Fault::Impostor) => {
            return Some(format!(
                "nobody is logged in, and no other way was tried: {LOOKS_LIKE_AN_ATTACK}, and do not log in by another \
                 mechanism before that"
            ));
        }
        (_, Fault::Peer | Fault::Bound) => {
            "no other way was tried, since a server that wants to see the password would do just this; look at the \
             dialogue with --trace, and show it to whoever runs the server"
        }
        (Problem::Unusable(Unusable::EmptySecret), _) => {
            "give the password, or check the command that prints it"
        }
        (Problem::Unusable(Unusable::Unbindable), _) => {
            "this mechanism needs TLS, and a certificate that it can be bound to; leave out -PLUS to do without"
        }
        (Problem::Unusable(_), _) => "leave out ;AUTH= to use the best that fits",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// What to do about a ticket.
fn of_ticket(error: &GssapiError) -> String {
    let hint = match error {
        GssapiError::NoTicket { .. } => {
            "kinit gets a ticket; KRB5CCNAME says where it is, if not in its usual place"
        }
        GssapiError::TicketExpired { .. } => "kinit gets another one",
        GssapiError::ServerUnknown { .. } | GssapiError::NoHost => {
            "write the host as the realm calls it, mostly its full name; ask whoever runs it whether it has a key for imap"
        }
        GssapiError::ClockSkew { .. } => "set the clock of this machine; five minutes are mostly too much",
        GssapiError::RealmUnreachable { .. } | GssapiError::TimedOut { .. } => {
            "check whether you are online, or in the network of the realm (VPN); krb5.conf or the DNS name its servers"
        }
        GssapiError::WrongProof { .. } | GssapiError::NotMutual => {
            return format!("nobody is logged in, and no other way was tried: {LOOKS_LIKE_AN_ATTACK}");
        }
        GssapiError::NoPlainLayer { .. } => "ask whoever runs the server to let TLS protect the connection",
        _ => "klist shows the ticket; with KRB5_TRACE=/dev/stderr the library tells what it does",
    };
    hint.to_owned()
}

fn of_scram(
    message: String,
    refusal: &ScramRefusal,
    code: Option<&ResponseCode>,
    text: Text,
    login: Tried<'_>,
) -> Failure {
    let message = format!("{message}: {}", quoted(&refusal.value()));
    let (exit, hint) = match refusal {
        ScramRefusal::ChannelBindingsDontMatch => (
            Exit::Network,
            "the server sees another TLS connection than this one: somebody is in between, be it an attacker or a proxy \
             of the server's; ask whoever runs the server",
        ),
        ScramRefusal::ServerDoesSupportChannelBinding => (
            Exit::Network,
            "the server offers to bind the login to the connection, and that was taken from its list on the way; ask \
             whoever runs the server",
        ),
        ScramRefusal::UnsupportedChannelBindingType | ScramRefusal::ChannelBindingNotSupported => (
            Exit::Protocol,
            "the server cannot bind the login to this connection after all; ask whoever runs it",
        ),
        ScramRefusal::NoResources => (Exit::Protocol, "the server cannot do it now; try again later"),
        // The others say nothing that anybody could act upon, and the response code may. A server that has come this
        // far has the password in the right form.
        _ => {
            let (exit, hint) = advice(code, Tried { untried: &[], ..login });
            return Failure::new(exit, message).said(text).hint(hint);
        }
    };
    Failure::new(exit, message).said(text).hint(hint)
}

/// Why a token is not taken, as the server puts it.
fn of_token(refusal: &OAuthRefusal) -> String {
    let mut told = Vec::new();
    if let Some(status) = &refusal.status {
        let meaning = match &**status {
            "invalid_token" | "400" | "401" => " (the token is not valid, or not any more)",
            "insufficient_scope" | "403" => " (the token is not for mail)",
            "invalid_request" => " (the server does not understand it)",
            _ => "",
        };
        told.push(format!("{}{meaning}", escape_str(status)));
    }
    if let Some(scope) = &refusal.scope {
        told.push(format!("the scope would be {}", escape_str(scope)));
    }
    if told.is_empty() { quoted(&refusal.octets) } else { told.join(", ") }
}

fn scope_hint(refusal: &OAuthRefusal) -> Option<&'static str> {
    let of_scope = matches!(refusal.status.as_deref(), Some("insufficient_scope" | "403"));
    of_scope.then_some("get an access token for that scope; the one that was sent is for something else")
}

fn quoted(text: &Text) -> String {
    quoted_octets(text.as_bytes())
}

fn quoted_octets(octets: &[u8]) -> String {
    let shown = escape_bounded(octets, MOST_SAID);
    format!("\"{}{}\"", shown.shown, if shown.left > 0 { "..." } else { "" })
}

#[cfg(test)]
mod tests;
