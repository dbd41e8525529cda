//! `tayori check`: what there is to know of a server and of the way to it, what is wrong, and what to do about it.
//!
//! - [`probe`]: finds out, one step after the other; [`report`] is what was found
//! - [`ways`]: the ways to log in, ranked
//! - [`advice`]: what it comes to
//! - [`text`], [`json`]: how it is told
//!
//! How and why: crates/cli/docs/check.md.

mod advice;
mod json;
mod probe;
mod report;
mod text;
mod ways;

use std::time::SystemTime;

use crate::accounts::Round;
use crate::cli::{Access, Check, Form};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::signal;
use crate::stdout;
use crate::table::Width;
use probe::Probe;
use report::{Report, Step};

/// Does it at one server or at all of them.
pub(crate) async fn run(options: Check) -> Result<Exit, Failure> {
    let mut round = Round::new(options.accounts, &options.access, options.form)?;
    while let Some(place) = round.next()? {
        let access = Access { place, ..options.access.clone() };
        round.ended(at_one(&Check { access, ..options.clone() }).await)?;
    }
    Ok(round.exit())
}

/// Finds out what can be found out, and tells it whole, whatever has failed.
async fn at_one(options: &Check) -> Result<Exit, Failure> {
    let mut asked_to_end = Box::pin(signal::asked_to_end()?);
    let probe = Probe::prepare(options)?;
    let mut report = Report::new(options, probe.target(), probe.depth())?;
    if let Err(signal) = signal::unless(&mut asked_to_end, probe.look(&mut report)).await {
        report.fails(Step::End, Failure::interrupted(signal, ""));
    }
    let findings = advice::findings(&report, SystemTime::now());
    let exit = advice::exit(&findings);
    match options.form {
        Form::Json => stdout::json_line(&json::value(&report, &findings, exit, SystemTime::now()))?,
        Form::Text => stdout::text(&text::page(&report, &findings, SystemTime::now(), Width::of_stdout()))?,
    }
    Ok(exit)
}
