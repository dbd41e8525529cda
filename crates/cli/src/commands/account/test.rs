//! `tayori account test`: whether an account works.

use serde::Serialize;
use tayori_account::config::Environment;
use tayori_client::Session;

use super::uses::{UseJson, Uses};
use crate::accounts::Round;
use crate::cli::{Access, Accounts, Form};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::stdout;
use crate::target::Target;
use crate::visit::Visit;

/// What an account is like from within.
#[derive(Serialize)]
struct WorksJson<'a> {
    account: Option<&'a str>,
    host: &'a str,
    port: u16,
    user: Option<&'a str>,
    mailboxes: usize,
    special_uses: Vec<UseJson>,
}

/// Logs in and looks.
pub(super) async fn run(access: &Access, accounts: Accounts, form: Form) -> Result<Exit, Failure> {
    let mut round = Round::new(accounts, access, form)?;
    while let Some(place) = round.next()? {
        let access = Access { place, ..access.clone() };
        round.ended(at_one(&access, form).await)?;
    }
    Ok(round.exit())
}

async fn at_one(access: &Access, form: Form) -> Result<Exit, Failure> {
    let target = Target::resolve(access, &Environment::process())?;
    let visit = Visit::prepare(access)?;
    let uses = visit.go(async |session: &mut Session| Uses::of(session, &target.settings).await).await?;
    tell(&target, &uses, form)?;
    Ok(Exit::Done)
}

/// Tells what was found.
pub(super) fn tell(target: &Target, uses: &Uses, form: Form) -> Result<(), Failure> {
    match form {
        Form::Json => stdout::json_line(&WorksJson {
            account: target.account().map(|account| account.as_str()),
            host: target.host(),
            port: target.port(),
            user: target.user(),
            mailboxes: uses.mailboxes(),
            special_uses: uses.json(),
        })?,
        Form::Text => stdout::text(&format!("logged in as {}\n\n{}", target.in_words(), uses.text()))?,
    }
    Ok(())
}
