//! `tayori account list`.

use serde::Serialize;
use tayori_account::config::{AccountName, Environment, SecretSource, Settings, Word as _};
use tayori_client::Mechanism;

use crate::cli::Form;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings;
use crate::stdout;
use crate::table::{Column, Width, table};
use crate::target;

/// An account.
#[derive(Serialize)]
struct Line<'a> {
    account: &'a str,
    /// Whether it is meant where none is named.
    default: bool,
    address: Option<&'a str>,
    user: Option<&'a str>,
    /// Null where it is not known without asking, and where a tunnel leads there.
    host: Option<&'a str>,
    /// As the host.
    port: Option<u16>,
    /// `implicit`, `starttls` or `none`; null beside a tunnel.
    tls: Option<&'static str>,
    tunnel: bool,
    /// `password_command`, `password_file`, `password_env`, `keyring`, `oauth`, `asked`, or `none` where none is
    /// needed.
    secret: &'static str,
}

/// Tells all of them, in the order of the file.
pub(super) fn run(form: Form, environment: &Environment) -> Result<Exit, Failure> {
    let config = settings::load(environment)?;
    let variables = settings::from_environment(environment)?;
    let usual = config.choose(None, environment).ok().map(|chosen| chosen.value.clone());
    let mut accounts: Vec<(&AccountName, Settings)> = Vec::new();
    for name in config.accounts() {
        accounts.push((name, target::settings_of(&config, name, &[&variables])?));
    }
    let lines = accounts.iter().map(|(name, settings)| line(name, settings, usual.as_ref()));
    match form {
        Form::Json => lines.map(|line| stdout::json_line(&line)).try_for_each(|told| told)?,
        Form::Text if accounts.is_empty() => {
            let path = config.path().display().to_string();
            let hint = "tayori account add makes one";
            stdout::text(&format!("there are no accounts in {}; {hint}\n", escape_str(&path)))?;
        }
        Form::Text => {
            let columns = [
                ("account", Column::WORD),
                ("user", Column::TEXT),
                ("server", Column::TEXT),
                ("secret", Column::WORD),
                ("", Column::WORD.if_there_is_room()),
            ];
            stdout::text(&table(&columns, lines.map(|line| line.cells()), Width::of_stdout()))?;
        }
    }
    Ok(Exit::Done)
}

fn line<'a>(name: &'a AccountName, settings: &'a Settings, usual: Option<&AccountName>) -> Line<'a> {
    let text = |setting: &'a Option<_>| -> Option<&'a str> {
        let setting: &'a Option<tayori_account::config::Setting<String>> = setting;
        setting.as_ref().map(|setting| setting.value.as_str())
    };
    let host = text(&settings.host);
    let is_tunnel = settings.tunnel.is_some();
    Line {
        account: name.as_str(),
        default: usual == Some(name),
        address: text(&settings.address),
        user: text(&settings.user).or(text(&settings.address)),
        host,
        port: host.map(|_| settings.port.value.get()),
        tls: (!is_tunnel).then(|| settings.tls.value.as_str()),
        tunnel: is_tunnel,
        secret: secret(settings),
    }
}

fn secret(settings: &Settings) -> &'static str {
    let without = [Mechanism::External, Mechanism::Gssapi, Mechanism::Anonymous];
    if settings.auth.as_ref().is_some_and(|auth| without.contains(&auth.value)) {
        return "none";
    }
    match &settings.secret.value {
        SecretSource::Command(_) => "password_command",
        SecretSource::File(_) => "password_file",
        SecretSource::Environment(_) => "password_env",
        SecretSource::Keyring(_) => "keyring",
        SecretSource::OAuth(_) => "oauth",
        _ => "asked",
    }
}

impl Line<'_> {
    fn cells(&self) -> Vec<String> {
        let server = match (self.host, self.port) {
            (Some(host), Some(port)) => format!("{} port {port}", escape_str(host)),
            _ if self.tunnel => "through a tunnel".to_owned(),
            _ => "not known yet".to_owned(),
        };
        let secret = match self.secret {
            "asked" => "asked for",
            "none" => "none needed",
            other => other,
        };
        let note = if self.default { "default" } else { "" };
        vec![
            self.account.to_owned(),
            self.user.map_or(String::new(), |user| escape_str(user).into_owned()),
            server,
            secret.replace('_', " "),
            note.to_owned(),
        ]
    }
}
