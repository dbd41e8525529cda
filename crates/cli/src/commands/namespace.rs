//! `tayori namespace`: where mailboxes are found.

use serde::Serialize;
use tayori_proto::response::Namespaces;

use crate::cli::{Form, Look};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::stdout;
use crate::table::{Column, Width, table};
use crate::visit::visit;

/// A namespace.
#[derive(Serialize)]
struct Line<'a> {
    /// `personal`, `other_users` or `shared`.
    class: &'static str,
    /// What the names of its mailboxes begin with; may be empty.
    prefix: &'a str,
    /// What stands between the levels of its names; null where they have none.
    delimiter: Option<char>,
}

/// Asks for all three classes.
pub(crate) async fn run(options: Look) -> Result<Exit, Failure> {
    let told = visit(&options.access, async |session| {
        let told = session.namespace().await;
        told.map_err(|error| Failure::from(error).while_doing("cannot ask for the namespaces"))
    });
    let namespaces = told.await?;
    let lines: Vec<Line<'_>> = lines(&namespaces).collect();
    match options.form {
        Form::Json => lines.iter().try_for_each(stdout::json_line)?,
        Form::Text => {
            let head = ["whose", "prefix", "delimiter"].map(str::to_owned).to_vec();
            let rows = lines.iter().map(|line| {
                let whose = match line.class {
                    "other_users" => "other users'",
                    class => class,
                };
                let delimiter = line.delimiter.map_or("none".to_owned(), String::from);
                vec![whose.to_owned(), format!("\"{}\"", line.prefix), delimiter]
            });
            let rows: Vec<_> = [head].into_iter().chain(rows).collect();
            let columns = [Column::WORD, Column::TEXT, Column::WORD];
            stdout::text(&table(&columns, &rows, Width::of_stdout()))?;
        }
    }
    Ok(Exit::Done)
}

fn lines(namespaces: &Namespaces) -> impl Iterator<Item = Line<'_>> {
    let classes = [
        ("personal", &namespaces.personal),
        ("other_users", &namespaces.other_users),
        ("shared", &namespaces.shared),
    ];
    classes.into_iter().flat_map(|(class, all)| {
        all.iter().map(move |one| Line { class, prefix: one.prefix.as_str(), delimiter: one.delimiter })
    })
}
