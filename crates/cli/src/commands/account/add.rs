//! `tayori account add`: from a mail address to an account that works.

use std::fmt::Write as _;

use tayori_account::config::{
    AccountName, CommandLine, Config, Edit, EditValue, Environment, Layer, TlsMode, Trust, Word as _,
};
use tayori_account::discovery::{Candidate, Discovered, Discovery, Doubt, MailAddress};
use tayori_account::provider::{Provider, Way};

use super::first_login::{Attempt, FirstLogin};
use super::secret::{self, Kept, KeyringHere, Whose};
use super::test::tell;
use super::undo::{KeptEntry, Undo};
use super::{interruptible, not_changed, password_file, told};
use crate::cli::{Access, Add, AsDefault, Consent, LoginFirst};
use crate::connect::{self, Route};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::question::{Person, Terminal, Usually, agrees, choice};
use crate::settings;
use crate::target::{self, Target};
use crate::transcript::Transcript;
use crate::way::is_loopback;

/// Does it. Whatever ends it before its end, nothing is written down.
pub(super) async fn run(options: Add, environment: &Environment) -> Result<Exit, Failure> {
    let mut person = match options.consent {
        Consent::Asked => Terminal::find(),
        Consent::Given => None,
    };
    let variables = variables(environment)?;
    let resolved = tayori_account::config::Settings::resolve(&[&options.access.flags, &variables]);
    let discovery = Discovery::new().way(crate::way::way(&resolved)).tls(connect::tls(&resolved, None)?);
    let mut undo = Undo::default();
    let work = async {
        let around = Around { discovery: &discovery, environment, keyring: KeyringHere::look().await };
        add(&options, person.as_mut(), &around, &mut undo).await
    };
    let added = interruptible(work).await;
    if added.is_err() {
        undo.run().await;
    }
    added
}

/// What an account is made in.
struct Around<'a> {
    discovery: &'a Discovery,
    environment: &'a Environment,
    keyring: KeyringHere,
}

/// The server of an account, as far as it is known.
struct Server {
    keys: Keys,
    /// Who may log in there, the likeliest first.
    user_names: Vec<String>,
    provider: Option<&'static Provider>,
    /// For questions.
    host: String,
}

type Keys = Vec<(String, EditValue)>;

fn key(name: &str, value: impl Into<String>) -> (String, EditValue) {
    (name.to_owned(), EditValue::Text(value.into()))
}

async fn add(
    options: &Add,
    mut person: Option<&mut impl Person>,
    around: &Around<'_>,
    undo: &mut Undo,
) -> Result<Exit, Failure> {
    let environment = around.environment;
    // What is wrong with it is told now, and not after all the questions.
    let config = there_or_new(environment)?;
    let address = address(options, person.as_deref_mut()).await?;
    let server = server(options, address.as_ref(), person.as_deref_mut(), around.discovery).await?;
    let user = user(options, address.as_ref(), &server, person.as_deref_mut()).await?;
    let name = name(options, address.as_ref(), &server, &config, person.as_deref_mut()).await?;
    let mut keys: Keys = Vec::new();
    keys.extend(address.as_ref().map(|address| key("address", address.as_str())));
    keys.extend(server.keys);
    let is_address = address.as_ref().map(MailAddress::as_str) == user.as_deref();
    keys.extend(user.as_deref().filter(|_| !is_address).map(|user| key("user", user)));
    let of_flags = of_flags(&options.access.flags)?;
    if options.login == LoginFirst::Yes {
        let keys = keys.iter().chain(&of_flags).cloned().collect();
        let (_, target) = draft(options, &config, &name, keys, environment)?;
        reach(&target, person.is_some(), &options.access).await?;
    }
    let who = format!("{} at {}", user.as_deref().unwrap_or("the account"), server.host);
    let whose = Whose { name: &name, provider: server.provider, who: &who, config: config.path() };
    let chosen = secret::choose(options, person.as_deref_mut(), &whose, around.keyring, environment);
    let mut chosen = chosen.await?;
    let mut more = std::mem::take(&mut chosen.keys);
    more.extend(of_flags);

    let mut auth = options.said.auth.clone();
    let attempt =
        Attempt { access: &options.access, question: secret::question(server.provider, &who), environment };
    let (edit, target, uses) = loop {
        let named = auth.iter().map(|auth| key("auth", auth.as_str()));
        let keys = keys.iter().cloned().chain(named).chain(more.iter().cloned());
        let (edit, target) = draft(options, &config, &name, keys.collect(), environment)?;
        if options.login == LoginFirst::No {
            break (edit, target, None);
        }
        match attempt.log_in(&target, &mut chosen, person.as_deref_mut(), undo).await? {
            FirstLogin::In(uses) => break (edit, target, Some(uses)),
            FirstLogin::OtherWay(mechanism) => auth = Some(mechanism.name().to_owned()),
        }
    };
    match (chosen.kept, chosen.now) {
        (Kept::Nowhere, _) | (_, None) => {}
        (Kept::Keyring, Some(password)) => {
            undo.keyring = Some(KeptEntry::keep(&name, password).await?);
        }
        (Kept::File(path), Some(password)) => {
            password_file::create(&path, &password)?;
            undo.file = Some(path);
        }
    }
    edit.save().map_err(|error| not_changed(&error))?;
    *undo = Undo::default();
    if let Some(uses) = &uses {
        tell(&target, uses, options.form)?;
    }
    let file = config.path().to_string_lossy();
    told(&format!(
        "the account {name} is in {}; tayori list {name} shows its mailboxes\n",
        escape_str(&file)
    ))?;
    Ok(Exit::Done)
}

/// Connects to the server, and leaves: whoever learns from it that there is none, or that its certificate is not
/// believed, has typed no password in vain. Where nobody is asked for one, the login tells the same.
async fn reach(target: &Target, somebody_is_asked: bool, access: &Access) -> Result<(), Failure> {
    let route = Route::new(target, None)?;
    route.warn();
    // A tunnel's program may have questions of its own, and which certificate is the first is for the login to note.
    if !somebody_is_asked || route.is_tunnel() || *target.trust() == Trust::FirstUse {
        return Ok(());
    }
    let connection = route.connect(Transcript::open(&access.trace)?).await?;
    // To leave changes nothing, so its failure does not either.
    let _ = connection.logout().await;
    Ok(())
}

/// The configuration as it would be, and what would hold there for the account.
fn draft(
    options: &Add,
    config: &Config,
    name: &AccountName,
    keys: Keys,
    environment: &Environment,
) -> Result<(Edit, Target), Failure> {
    let mut edit = Edit::open(config.path(), environment).map_err(|error| not_changed(&error))?;
    edit.add_account(name, keys).map_err(|error| not_changed(&error))?;
    if options.default == AsDefault::Yes {
        edit.set_default_account(name);
    }
    let draft = Config::parse(&edit.text(), config.path(), environment);
    let draft = draft.map_err(|error| settings::unusable(&error))?;
    let settings = target::settings_of(&draft, name, &[&variables(environment)?])?;
    Ok((edit, Target::of_settings(name.clone(), settings)?))
}

/// What the environment says of the way to the server, as it holds for every other command. The password in it is one
/// that is given now, and not where the account's comes from.
fn variables(environment: &Environment) -> Result<Layer, Failure> {
    let mut variables = settings::from_environment(environment)?;
    variables.secret = None;
    Ok(variables)
}

/// The configuration. A file that is named and not there yet is made with the account.
fn there_or_new(environment: &Environment) -> Result<Config, Failure> {
    let path = Config::find(environment).map_err(|error| settings::unusable(&error.into()))?;
    match path.exists() {
        true => settings::load(environment),
        false => Config::parse("", &path, environment).map_err(|error| settings::unusable(&error)),
    }
}

async fn address(options: &Add, person: Option<&mut impl Person>) -> Result<Option<MailAddress>, Failure> {
    let parse = |text: &str| {
        MailAddress::parse(text).map_err(|error| {
            Failure::new(Exit::Usage, format!("that is no mail address: {}", escape_str(&error.to_string())))
        })
    };
    if let Some(address) = &options.address {
        return parse(address).map(Some);
    }
    if options.said.host.is_some() || options.access.flags.tunnel.is_some() {
        return Ok(None);
    }
    let Some(person) = person else {
        return Err(Failure::new(Exit::Usage, "nothing says which account it is")
            .hint("tayori account add ADDRESS, or --host HOST --user USER"));
    };
    loop {
        match parse(&person.line("Mail address: ").await?) {
            Ok(address) => return Ok(Some(address)),
            Err(failure) => failure.print(),
        }
    }
}

/// The one that options name, or else one that is found.
async fn server(
    options: &Add,
    address: Option<&MailAddress>,
    person: Option<&mut impl Person>,
    discovery: &Discovery,
) -> Result<Server, Failure> {
    let provider = address.and_then(|address| Provider::by_domain(address.domain()));
    let flags = &options.access.flags;
    if let Some(host) = &options.said.host {
        let mut keys = vec![key("host", host)];
        keys.extend(options.said.port.map(|port| ("port".to_owned(), EditValue::Number(port.get().into()))));
        let provider = provider.or_else(|| match is_loopback(host) {
            true => None,
            false => Provider::by_host(host),
        });
        return Ok(Server { keys, user_names: Vec::new(), provider, host: host.clone() });
    }
    let Some(address) = address.filter(|_| flags.tunnel.is_none()) else {
        let host = "the end of the tunnel".to_owned();
        return Ok(Server { keys: Vec::new(), user_names: Vec::new(), provider, host });
    };
    let found = discovery.discover(address).await;
    told(&in_words(address, &found))?;
    let candidate = pick(&found, address, person).await?;
    let mut keys = vec![key("host", &candidate.host)];
    let tls = flags.tls.as_ref().map_or(candidate.tls, |tls| tls.value);
    if candidate.port != tls.default_port() {
        keys.push(("port".to_owned(), EditValue::Number(candidate.port.get().into())));
    }
    if flags.tls.is_none() && candidate.tls != TlsMode::Implicit {
        keys.push(key("tls", candidate.tls.as_str()));
    }
    Ok(Server {
        keys,
        user_names: candidate.user_names.clone(),
        provider: candidate.provider.or(found.provider),
        host: candidate.host.clone(),
    })
}

/// What was found and where from, and what people have to do at a provider that is known.
fn in_words(address: &MailAddress, found: &Discovered) -> String {
    let mut text = String::new();
    for candidate in &found.candidates {
        let _ = writeln!(text, "found {}", describe(candidate));
    }
    if found.candidates.is_empty() {
        let _ = writeln!(text, "no server was found for {}:", escape_str(address.as_str()));
        for attempt in &found.journal {
            let _ = writeln!(text, "  {}", escape_str(&attempt.to_string()));
        }
    }
    let Some(provider) = found.provider else { return text };
    if let Some(absent) = &provider.absent {
        let _ = writeln!(text, "{}: {absent}", provider.name);
    }
    if let Some(enable) = &provider.enable {
        let _ = writeln!(text, "{}: IMAP has to be switched on in {enable}", provider.name);
    }
    if let (true, Some(page)) = (provider.auth.contains(&Way::AppPassword), &provider.app_passwords) {
        let _ = writeln!(text, "{} wants an app password for programs: {page}", provider.name);
    }
    text
}

fn describe(candidate: &Candidate) -> String {
    let tls = match candidate.tls {
        TlsMode::Implicit => "TLS",
        TlsMode::StartTls => "STARTTLS",
        TlsMode::None => "no protection at all",
    };
    let sources: Vec<String> = candidate.sources.iter().map(ToString::to_string).collect();
    escape_str(&format!(
        "{} port {} with {tls}, known from {}",
        candidate.host,
        candidate.port,
        sources.join(" and ")
    ))
    .into_owned()
}

/// The candidate that is meant: a person chooses, and agrees to each doubt; without one only the best is taken, and
/// only if there is nothing to doubt.
async fn pick<'f>(
    found: &'f Discovered,
    address: &MailAddress,
    person: Option<&mut impl Person>,
) -> Result<&'f Candidate, Failure> {
    let Some(best) = found.candidates.first() else {
        let domain = escape_str(address.domain());
        return Err(Failure::new(Exit::NotFound, format!("no IMAP server was found for {domain}"))
            .hint("--host HOST names it; its provider's help pages do, too"));
    };
    let Some(person) = person else {
        return match best.doubts().first() {
            None => Ok(best),
            Some(doubt) => Err(Failure::new(Exit::Usage, of_doubt(*doubt, best, address))
                .hint(format!("if that is right, say so: --host {}", escape_str(&best.host)))),
        };
    };
    let chosen = match &found.candidates[..] {
        [only] => only,
        several => {
            let choices: Vec<String> = several.iter().map(describe).collect();
            &several[choice(person, "Which one?", &choices).await?]
        }
    };
    for doubt in chosen.doubts() {
        let question = format!("{}. Take it all the same?", of_doubt(doubt, chosen, address));
        if !agrees(person, &question, Usually::No).await? {
            return Err(
                Failure::new(Exit::Usage, "nothing was set up").hint("--host HOST names another server")
            );
        }
    }
    Ok(chosen)
}

fn of_doubt(doubt: Doubt, candidate: &Candidate, address: &MailAddress) -> String {
    let (host, domain) = (escape_str(&candidate.host), escape_str(address.domain()));
    match doubt {
        Doubt::ClearText => format!("nothing protects the password on the way to {host}"),
        _ => format!(
            "only the DNS says that the mail of {domain} is at {host}, which is elsewhere, and whoever forges that \
             would get the password"
        ),
    }
}

/// Who logs in.
async fn user(
    options: &Add,
    address: Option<&MailAddress>,
    server: &Server,
    person: Option<&mut impl Person>,
) -> Result<Option<String>, Failure> {
    if let Some(user) = &options.said.user {
        return Ok(Some(user.clone()));
    }
    if options.access.flags.tunnel.is_some() {
        return Ok(None);
    }
    let likely = server.user_names.first().cloned();
    let note = server.provider.and_then(|provider| provider.login_note.as_deref());
    let likely = likely.or_else(|| match note {
        Some(_) => None,
        None => address.map(|address| address.as_str().to_owned()),
    });
    let Some(person) = person else {
        return match likely {
            Some(likely) => Ok(Some(likely)),
            None => {
                let failure = Failure::new(Exit::Usage, "nothing says who logs in");
                Err(failure.hint(
                    note.map_or("give --user USER".to_owned(), |note| format!("give --user USER: {note}")),
                ))
            }
        };
    };
    let note = note.map_or(String::new(), |note| format!("{note}\n"));
    let usual = likely.as_deref().map_or(String::new(), |likely| format!(" [{}]", escape_str(likely)));
    loop {
        let typed = person.line(&format!("{note}User name{usual}: ")).await?;
        match (typed.is_empty(), &likely) {
            (false, _) => return Ok(Some(typed)),
            (true, Some(likely)) => return Ok(Some(likely.clone())),
            (true, None) => {}
        }
    }
}

/// What the account is called: nobody else has the name.
async fn name(
    options: &Add,
    address: Option<&MailAddress>,
    server: &Server,
    config: &Config,
    person: Option<&mut impl Person>,
) -> Result<AccountName, Failure> {
    let is_taken = |name: &AccountName| config.accounts().any(|known| known == name);
    let taken = |name: &AccountName| {
        Failure::new(Exit::Usage, format!("there is an account {name} already"))
            .hint("choose another name; tayori account edit changes that one")
    };
    if let Some(name) = &options.name {
        return if is_taken(name) { Err(taken(name)) } else { Ok(name.clone()) };
    }
    let domain = address.map_or(server.host.as_str(), MailAddress::domain);
    // `mail` of mail.example.org says nothing.
    let labels: Vec<&str> = domain.split('.').collect();
    let word = labels.len().checked_sub(2).and_then(|index| labels.get(index)).copied().unwrap_or("mail");
    let word = if AccountName::new(word).is_ok() { word } else { "mail" };
    let mut free = (1..).filter_map(|number| {
        let name = if number == 1 { word.to_owned() } else { format!("{word}-{number}") };
        AccountName::new(name).ok().filter(|name| !is_taken(name))
    });
    let usual = free.next().ok_or_else(|| Failure::new(Exit::Usage, "the account needs a --name"))?;
    let Some(person) = person else { return Ok(usual) };
    loop {
        let typed = person.line(&format!("Name of the account [{usual}]: ")).await?;
        if typed.is_empty() {
            return Ok(usual);
        }
        match AccountName::new(typed) {
            Ok(name) if is_taken(&name) => taken(&name).print(),
            Ok(name) => return Ok(name),
            Err(error) => Failure::new(Exit::Usage, error.to_string()).print(),
        }
    }
}

/// What the options of every connection say, as settings.
fn of_flags(flags: &Layer) -> Result<Keys, Failure> {
    let path = |path: &std::path::Path| {
        let path = std::path::absolute(path).ok();
        let path = path.as_deref().and_then(std::path::Path::to_str).map(str::to_owned);
        path.ok_or_else(|| {
            Failure::new(Exit::Usage, "the name of a file is not UTF-8, and cannot be written down")
        })
    };
    let mut keys = Keys::new();
    keys.extend(flags.tls.as_ref().map(|tls| key("tls", tls.value.as_str())));
    match flags.trust.as_ref().map(|trust| &trust.value) {
        Some(Trust::CaFile(file)) => keys.push(key("ca-file", path(file)?)),
        Some(Trust::Fingerprint(fingerprint)) => keys.push(key("fingerprint", fingerprint.to_string())),
        _ => {}
    }
    if let Some(identity) = &flags.client_identity {
        keys.push(key("client-certificate", path(&identity.value.certificate)?));
        keys.push(key("client-key", path(&identity.value.key)?));
    }
    keys.extend(flags.tls_minimum.as_ref().map(|minimum| key("tls-minimum", minimum.value.as_str())));
    keys.extend(flags.alpn.as_ref().map(|alpn| key("alpn", alpn.value.as_str())));
    keys.extend(flags.proxy.as_ref().map(|proxy| key("proxy", proxy.value.url())));
    if let Some(CommandLine::Shell(text)) = flags.tunnel.as_ref().map(|tunnel| &tunnel.value) {
        keys.push(key("tunnel", text));
    }
    let seconds = flags.timeout.as_ref().map(|timeout| timeout.value.as_secs());
    keys.extend(seconds.map(|seconds| {
        ("timeout".to_owned(), EditValue::Number(i64::try_from(seconds).unwrap_or(i64::MAX)))
    }));
    Ok(keys)
}

#[cfg(test)]
mod tests;
