//! `tayori quota`: how much may be stored, and how much is.

use std::borrow::Cow;

use indicatif::{BinaryBytes, HumanCount};
use serde::Serialize;
use tayori_client::MailboxQuota;
use tayori_proto::response::{Quota, QuotaUsage};
use tayori_proto::types::{MailboxName, QuotaResource};

use crate::accounts::Round;
use crate::cli::{Access, Form, Look};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailbox;
use crate::stdout;
use crate::table::{Column, Width, table};
use crate::visit::visit;

/// Octets in a unit of a storage resource (RFC 9208 section 5.1).
const UNIT: u64 = 1024;

/// A limit that a mailbox counts towards.
#[derive(Serialize)]
pub(crate) struct Line<'a> {
    mailbox: &'a str,
    /// The name of the quota root; often empty.
    root: Cow<'a, str>,
    /// `STORAGE`, `MESSAGE`, `MAILBOX`, ... (RFC 9208 section 5).
    resource: Cow<'a, str>,
    /// How much is used: octets of what is storage, else a number of things.
    used: u64,
    /// How much may be used, in the same unit.
    limit: u64,
}

/// Does it at one server or at all of them.
pub(crate) async fn run(options: Look) -> Result<Exit, Failure> {
    let mut round = Round::new(options.accounts, &options.access, options.form)?;
    while let Some(place) = round.next()? {
        let access = Access { place, ..options.access.clone() };
        round.ended(at_one(&Look { access, ..options.clone() }).await)?;
    }
    Ok(round.exit())
}

/// Asks for the quotas of the mailbox.
async fn at_one(options: &Look) -> Result<Exit, Failure> {
    let name = mailbox::of_place(&options.access.place)?;
    let told = visit(&options.access, async |session| {
        let doing = format!("cannot ask for the quota of {}", escape_str(name.as_str()));
        session.mailbox_quota(&name).await.map_err(|error| mailbox::cannot(error, &doing))
    });
    let quota = told.await?;
    match options.form {
        Form::Json => lines(&name, &quota).try_for_each(|line| stdout::json_line(&line))?,
        Form::Text if limits(&quota).next().is_none() => {
            stdout::text(&format!("nothing limits {}\n", escape_str(name.as_str())))?;
        }
        Form::Text => {
            let rows = limits(&quota).map(|(quota, usage)| row(quota, usage));
            let columns = [
                ("quota root", Column::TEXT),
                ("resource", Column::WORD),
                ("used", Column::NUMBER),
                ("limit", Column::NUMBER),
                ("", Column::NUMBER),
            ];
            stdout::text(&table(&columns, rows, Width::of_stdout()))?;
        }
    }
    Ok(Exit::Done)
}

/// One for each limit.
pub(crate) fn lines<'a>(name: &'a MailboxName, quota: &'a MailboxQuota) -> impl Iterator<Item = Line<'a>> {
    limits(quota).map(move |(quota, usage)| line(name, quota, usage))
}

/// What counts, and towards which root.
pub(crate) fn limits(quota: &MailboxQuota) -> impl Iterator<Item = (&Quota, &QuotaUsage)> {
    quota.quotas.iter().flat_map(|quota| quota.resources.iter().map(move |usage| (quota, usage)))
}

fn line<'a>(mailbox: &'a MailboxName, quota: &'a Quota, usage: &'a QuotaUsage) -> Line<'a> {
    let unit = if is_storage(&usage.resource) { UNIT } else { 1 };
    Line {
        mailbox: mailbox.as_str(),
        root: quota.root.to_string_lossy(),
        resource: String::from_utf8_lossy(usage.resource.name()),
        used: usage.usage.saturating_mul(unit),
        limit: usage.limit.saturating_mul(unit),
    }
}

/// Root, resource, how much is used, how much may be, and which share that is.
pub(crate) fn row(quota: &Quota, usage: &QuotaUsage) -> Vec<String> {
    let amount = |number: u64| match is_storage(&usage.resource) {
        true => BinaryBytes(number.saturating_mul(UNIT)).to_string(),
        false => HumanCount(number).to_string(),
    };
    // Of what may not be used at all there is no share.
    let share = usage.usage.saturating_mul(100).checked_div(usage.limit);
    vec![
        quota.root.to_string_lossy().into_owned(),
        String::from_utf8_lossy(usage.resource.name()).into_owned(),
        amount(usage.usage),
        amount(usage.limit),
        share.map_or(String::new(), |share| format!("{share} %")),
    ]
}

fn is_storage(resource: &QuotaResource) -> bool {
    matches!(resource, QuotaResource::Storage | QuotaResource::AnnotationStorage)
}
