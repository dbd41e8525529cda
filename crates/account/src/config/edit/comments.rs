//! Where the comments of a configuration stay when something near them is added or removed.
//!
//! The library keeps a comment with what follows it. What people mean is closer to this: a comment belongs to the
//! account directly below it; a blank line in between, or nothing below, and it belongs to somebody else.

use toml_edit::{DocumentMut, RawString, Table};

/// Takes what stands at the end of the file, to stand above a table that is added there.
pub(super) fn take_last(document: &mut DocumentMut) -> String {
    let last = text(Some(document.trailing())).trim_end().to_owned();
    let is_first = document.is_empty();
    document.set_trailing("");
    match last.as_str() {
        "" if is_first => String::new(),
        "" => "\n".to_owned(),
        comments => format!("{comments}\n\n"),
    }
}

/// Keeps what stands above the headers of a table that is removed, and is not its own. What stands between two of them
/// is.
pub(super) fn keep(document: &mut DocumentMut, removed: &Table) {
    let headers = headers(removed);
    let is_removed = |position| headers.iter().any(|header| header.position() == Some(position));
    for header in &headers {
        if let Some(position) = header.position()
            && !is_removed(position - 1)
        {
            keep_at(document, position, header.decor().prefix());
        }
    }
}

/// Keeps what stands above something that was removed at this position, and is not its own: above the next header, or
/// at the end of the file.
pub(super) fn keep_at(document: &mut DocumentMut, position: isize, above: Option<&RawString>) {
    let kept = others(text(above)).trim_end();
    if kept.is_empty() {
        return;
    }
    let joined = |following: Option<&RawString>| {
        let following = text(following);
        let blank = if following.is_empty() || following.starts_with('\n') { "" } else { "\n" };
        format!("{kept}\n{blank}{following}")
    };
    let next = below(document).into_iter().filter_map(Table::position).filter(|at| *at > position).min();
    if let Some(at) = next
        && let Some(table) = header_at(document, at)
    {
        let joined = joined(table.decor().prefix());
        table.decor_mut().set_prefix(joined);
    } else {
        let joined = joined(Some(document.trailing()));
        document.set_trailing(joined);
    }
}

/// What is in front of the last blank line: the rest stands directly above something, and is its own.
fn others(above: &str) -> &str {
    let own = above.split_inclusive('\n').rev().take_while(|line| !line.trim().is_empty());
    &above[..above.len() - own.map(str::len).sum::<usize>()]
}

/// The tables that are written with a header: this one, and those below it.
fn headers(table: &Table) -> Vec<&Table> {
    let own = has_header(table).then_some(table);
    own.into_iter().chain(below(table)).collect()
}

fn below(table: &Table) -> Vec<&Table> {
    table.iter().filter_map(|(_, item)| item.as_table()).flat_map(headers).collect()
}

fn header_at(table: &mut Table, position: isize) -> Option<&mut Table> {
    table.iter_mut().filter_map(|(_, item)| item.as_table_mut()).find_map(|table| {
        if has_header(table) && table.position() == Some(position) {
            Some(table)
        } else {
            header_at(table, position)
        }
    })
}

fn has_header(table: &Table) -> bool {
    !table.is_implicit() && !table.is_dotted()
}

fn text(raw: Option<&RawString>) -> &str {
    raw.and_then(RawString::as_str).unwrap_or_default()
}
