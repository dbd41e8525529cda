//! `tayori namespace`: where mailboxes are found.

use serde::Serialize;
use tayori_proto::response::Namespaces;

use crate::accounts::Round;
use crate::cli::{Access, Form, Look};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::stdout;
use crate::table::{Column, Width, table};
use crate::visit::visit;

/// A namespace.
#[derive(Serialize)]
pub(crate) struct Line<'a> {
    /// `personal`, `other_users` or `shared`.
    class: &'static str,
    /// What the names of its mailboxes begin with; may be empty.
    prefix: &'a str,
    /// What stands between the levels of its names; null where they have none.
    delimiter: Option<char>,
}

impl Line<'_> {
    /// Whose it is, in words.
    pub(crate) fn whose(&self) -> &'static str {
        match self.class {
            "other_users" => "other users'",
            class => class,
        }
    }

    /// Its prefix, in quotes, and its delimiter.
    pub(crate) fn names(&self) -> [String; 2] {
        [format!("\"{}\"", self.prefix), self.delimiter.map_or("none".to_owned(), String::from)]
    }
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

/// Asks for all three classes.
async fn at_one(options: &Look) -> Result<Exit, Failure> {
    let told = visit(&options.access, async |session| {
        let told = session.namespace().await;
        told.map_err(|error| Failure::from(error).while_doing("cannot ask for the namespaces"))
    });
    let namespaces = told.await?;
    let lines: Vec<Line<'_>> = lines(&namespaces).collect();
    match options.form {
        Form::Json => lines.iter().try_for_each(stdout::json_line)?,
        Form::Text => {
            let rows = lines.iter().map(|line| {
                let [prefix, delimiter] = line.names();
                vec![line.whose().to_owned(), prefix, delimiter]
            });
            let columns = [("whose", Column::WORD), ("prefix", Column::TEXT), ("delimiter", Column::WORD)];
            stdout::text(&table(&columns, rows, Width::of_stdout()))?;
        }
    }
    Ok(Exit::Done)
}

/// One for each.
pub(crate) fn lines(namespaces: &Namespaces) -> impl Iterator<Item = Line<'_>> {
    let classes = [
        ("personal", &namespaces.personal),
        ("other_users", &namespaces.other_users),
        ("shared", &namespaces.shared),
    ];
    classes.into_iter().flat_map(|(class, all)| {
        all.iter().map(move |one| Line { class, prefix: one.prefix.as_str(), delimiter: one.delimiter })
    })
}
