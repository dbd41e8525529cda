//! The figures as text: tables in Markdown, which also read well in a terminal.

use std::fmt::Write as _;

use super::rounds::{Results, Sample};
use super::scenario::Scenario;
use super::statistics::{Summary, paired_ratios};
use super::targets::{Target, Verdict};

/// The rows that others are compared with, as far as they took part.
const BASES: [&str; 5] = ["f0", "f1", "mbsync-nosync", "mbsync-sync", "curl"];

const MIB: f64 = 1024.0 * 1024.0;

pub(super) fn report(scenario: &Scenario, results: &Results, targets: &[Target]) -> String {
    let mut text = format!("\n{}, {} rounds, medians, range in brackets\n\n", scenario.name, scenario.rounds);
    text += &table(&figures(results));
    text +=
        "\nwall time as a ratio to that of another row, paired within rounds, medians, range in brackets\n\n";
    text += &table(&ratios(results));
    text.push('\n');
    for row in &results.0 {
        if let Some(failure) = &row.failure {
            // The rest stands where it happened.
            let beginning: Vec<&str> = failure.lines().take(2).collect();
            let _ = writeln!(text, "FAILED: {}: {}", row.name, beginning.join("\n"));
        }
    }
    for target in targets {
        let verdict = match target.judge(results) {
            Verdict::Met(figure) => format!("met: {}", plain(figure)),
            Verdict::NotMet(figure) => format!("not met: {}", plain(figure)),
            Verdict::NotMeasured => "not measured".to_owned(),
        };
        let _ = writeln!(text, "target: {}: {verdict}", target.words());
    }
    text
}

fn figures(results: &Results) -> Vec<Vec<String>> {
    let delayed =
        results.0.iter().any(|row| row.samples.iter().flatten().any(|sample| sample.line.is_some()));
    let mut heading = vec!["row", "wall s", "user s", "system s", "server s", "sync after s", "peak MiB"];
    if delayed {
        // The delayed line takes memory of our own, which a child starts with.
        heading.pop();
        heading.extend(["round trips", "connections"]);
    }
    let mut rows = vec![heading.into_iter().map(str::to_owned).collect()];
    for row in &results.0 {
        let of = |figure: &dyn Fn(&Sample) -> Option<f64>| {
            Summary::of(results.figures(row.name, figure).into_iter().flatten())
        };
        let median = |figure: &dyn Fn(&Sample) -> Option<f64>| {
            of(figure).map_or_else(|| "-".to_owned(), |summary| plain(summary.median))
        };
        let mut cells = vec![
            row.name.to_owned(),
            of(&|sample| Some(sample.wall)).map_or_else(|| "FAILED".to_owned(), ranged),
            median(&|sample| Some(sample.user)),
            median(&|sample| Some(sample.system)),
            median(&|sample| sample.server),
            median(&|sample| Some(sample.sync_after)),
        ];
        if delayed {
            cells.push(median(&|sample| Some(f64::from(sample.line?.round_trips))));
            cells.push(median(&|sample| Some(f64::from(sample.line?.connections))));
        } else {
            cells.push(median(&|sample| Some(sample.memory as f64 / MIB)));
        }
        rows.push(cells);
    }
    rows
}

fn ratios(results: &Results) -> Vec<Vec<String>> {
    let wall = |name: &str| results.figures(name, |sample: &Sample| Some(sample.wall));
    let bases: Vec<&str> =
        BASES.into_iter().filter(|base| results.0.iter().any(|row| row.name == *base)).collect();
    let mut rows = vec![std::iter::once("row").chain(bases.iter().copied()).map(str::to_owned).collect()];
    for row in &results.0 {
        let ratio = |base: &&str| match paired_ratios(&wall(row.name), &wall(base)) {
            Some(summary) if row.name != *base => ranged(summary),
            _ => "-".to_owned(),
        };
        rows.push(std::iter::once(row.name.to_owned()).chain(bases.iter().map(ratio)).collect());
    }
    rows
}

pub(super) fn ranged(summary: Summary) -> String {
    format!("{} ({}-{})", plain(summary.median), plain(summary.least), plain(summary.most))
}

/// Three digits that say something.
pub(super) fn plain(figure: f64) -> String {
    match figure {
        _ if figure == figure.trunc() => format!("{figure:.0}"),
        _ if figure < 0.1 => format!("{figure:.4}"),
        _ if figure < 1.0 => format!("{figure:.3}"),
        _ if figure < 10.0 => format!("{figure:.2}"),
        _ => format!("{figure:.1}"),
    }
}

/// The first row is the heading.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let Some(heading) = rows.first() else { return String::new() };
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, &width)| format!(" {cell:width$} ")).collect();
        let _ = writeln!(text, "|{}|", cells.join("|"));
        if number == 0 {
            let lines: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
            let _ = writeln!(text, "|{}|", lines.join("|"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::contestants::ROWS;
    use super::super::proxy::Counts;
    use super::super::rounds::RowResult;
    use super::super::scenario::{Kind, Size};
    use super::super::targets;
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        let check = |figure, expected: &str| assert_eq!(plain(figure), expected);
        check(0.012_345, "0.0123");
        check(0.1234, "0.123");
        check(1.234, "1.23");
        check(12.34, "12.3");
        check(7.0, "7");
    }

    #[test]
    fn the_report_has_tables_failures_and_targets() {
        let sample = |wall, line| {
            let (memory, server) = (20 * 1024 * 1024, Some(0.5));
            Some(Sample { wall, user: 0.25, system: 1.5, server, sync_after: 0.75, memory, line })
        };
        let row = |name, walls: [f64; 2], line| RowResult {
            name,
            samples: walls.into_iter().map(|wall| sample(wall, line)).collect(),
            failure: None,
        };
        let mut scenario = Scenario::new(Kind::One, Size::Full);
        scenario.rows = ROWS.iter().filter(|row| row.name == "f1").collect();
        scenario.rounds = 2;
        let failed = RowResult {
            name: "curl",
            samples: vec![None, None],
            failure: Some("no\n  really\n  not".to_owned()),
        };
        let results = Results(vec![row("f1", [1.0, 3.0], None), row("imaplib", [4.0, 3.0], None), failed]);
        let expected = "
one: one mail of 4 KiB, 2 rounds, medians, range in brackets

| row     | wall s    | user s | system s | server s | sync after s | peak MiB |
|---------|-----------|--------|----------|----------|--------------|----------|
| f1      | 2 (1-3)   | 0.250  | 1.50     | 0.500    | 0.750        | 20       |
| imaplib | 3.50 (3-4) | 0.250  | 1.50     | 0.500    | 0.750        | 20       |
";
        // The widest cell makes the column wide.
        let expected = expected.replace("2 (1-3)   |", "2 (1-3)    |").replace("wall s    |", "wall s     |");
        let expected = expected.replace("-|-----------|-", "-|------------|-");
        let text = report(&scenario, &results, &targets::for_scenario(Kind::One, None));
        let lines = |text: &str| text.lines().take(6).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(&text), lines(&expected), "{text}");
        for line in [
            "| curl    | FAILED     | -      | -        | -        | -            | -        |",
            "| imaplib | 2.50 (1-4) | -    |",
            "FAILED: curl: no",
            "  really",
            "target: tayori-eml-sync: at most 1.3 of the time of curl: not measured",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }

        assert!(!text.contains("  not\n"), "{text}");

        let line = Some(Counts { connections: 1, round_trips: 6 });
        let text = report(&scenario, &Results(vec![row("f1", [1.0, 3.0], line)]), &[]);
        assert!(text.contains("| round trips | connections |\n"), "{text}");
        assert!(text.contains("| 6           | 1           |\n"), "{text}");
        assert!(!text.contains("peak MiB"), "{text}");
    }
}
