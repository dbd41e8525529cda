//! `cargo xtask bench proto`: how fast responses are read, beside other IMAP parsers.
//!
//! The work is done by the two programs in `benches/proto`, which stand outside the workspace with the parsers that
//! they compare: here they are built and run, and what they print becomes tables.

mod figures;
mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use self::figures::Figures;
use super::report::{plain, ranged, table};
use super::targets::Verdict;
use crate::process;
use crate::stop::{Interrupt, Outcome, Stop, because};

#[derive(clap::Args)]
pub(super) struct Options {
    /// How often each reader reads everything
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,

    /// Rows of each set; there is a literal for each hundred of them, and fifty numbers found for each, up to a million
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    rows: u32,

    /// Also write each single figure into this file, as lines with tabs
    #[arg(long, value_name = "FILE")]
    raw: Option<PathBuf>,
}

const FOLDER: &str = "benches/proto";

/// What the time of each reader is compared with, where it takes part.
const BASE: &str = "imap-proto parsed";

pub(super) fn run(options: &Options, interrupt: &Interrupt) -> Outcome<ExitCode> {
    let folder = Path::new(FOLDER);
    let mut build = process::cargo(&["build", "--release", "--locked", "--bins"]);
    build.current_dir(folder).env("CARGO_TARGET_DIR", target_folder()?);
    println!("$ {}", process::describe(&build));
    process::run(&mut build, interrupt)?;

    let rows = options.rows.to_string();
    let counted = output_of("count", &[&rows])?;
    interrupt.check()?;
    let timed = output_of("time", &[&options.rounds.to_string(), &rows])?;
    let lines = format!("{timed}\n{counted}\n");
    if let Some(file) = &options.raw {
        fs::write(file, &lines).map_err(because(format!("{} cannot be written", file.display())))?;
    }
    let figures = Figures::read(&lines)?;
    print!("{}", report(&figures, options.rounds));
    Ok(ExitCode::SUCCESS)
}

/// Beside what the workspace builds, so that one folder holds all there is.
fn target_folder() -> Outcome<PathBuf> {
    let ours = std::env::current_exe().map_err(because("our own program"))?;
    let target = ours.parent().and_then(Path::parent).map(|target| target.join("bench-proto"));
    target.ok_or_else(|| Stop::failed("our own program is in no target folder"))
}

fn output_of(program: &str, arguments: &[&str]) -> Outcome<String> {
    let mut command = Command::new(target_folder()?.join("release").join(program));
    process::output_of(command.args(arguments))
}

fn report(figures: &Figures, rounds: u32) -> String {
    let mut text = String::new();
    for (name, what) in &figures.readers {
        text += &format!("{name}: {what}\n");
    }
    for set in &figures.sets {
        text += &format!(
            "\n{}, {} replies of {} octets, {rounds} rounds, medians, range in brackets; the ratio is paired within rounds\n\n",
            set.name,
            set.replies,
            set.octets / set.replies.max(1)
        );
        let heading = [
            "row",
            "µs a reply",
            "MB/s",
            &format!("time / {BASE}"),
            "allocations a reply",
            "octets a reply",
            "held MiB",
        ];
        let mut rows = vec![heading.map(str::to_owned).to_vec()];
        for (reader, _) in &figures.readers {
            let Some(times) = figures.times(set.name.as_str(), reader) else { continue };
            let count = figures.count(&set.name, reader);
            let each = |total: u64| plain(total as f64 / set.replies.max(1) as f64);
            rows.push(vec![
                reader.clone(),
                ranged(times.scaled(1e-3 / set.replies.max(1) as f64)),
                plain(set.octets as f64 * 1e3 / times.median),
                figures.ratio(&set.name, reader, BASE).map_or_else(|| "-".to_owned(), ranged),
                count.map_or_else(|| "-".to_owned(), |count| each(count.allocations)),
                count.map_or_else(|| "-".to_owned(), |count| each(count.octets)),
                count.map_or_else(|| "-".to_owned(), |count| plain(count.held as f64 / (1 << 20) as f64)),
            ]);
        }
        text += &table(&rows);
    }
    text += "\nwhat grows\n\n";
    let mut rows = vec![["what", "less, ms", "more, ms", "ratio"].map(str::to_owned).to_vec()];
    for growth in &figures.growths {
        let ratio = growth.ratio().map_or_else(|| "-".to_owned(), ranged);
        let milliseconds = |times: &[f64]| plain(figures::median(times) / 1e6);
        rows.push(vec![growth.name.clone(), milliseconds(&growth.less), milliseconds(&growth.more), ratio]);
    }
    text += &table(&rows);
    text.push('\n');
    for target in targets::all() {
        let verdict = match target.judge(figures) {
            Verdict::Met(figure) => format!("met: {}", plain(figure)),
            Verdict::NotMet(figure) => format!("not met: {}", plain(figure)),
            Verdict::NotMeasured => "not measured".to_owned(),
        };
        text += &format!("target: {}: {verdict}\n", target.words);
    }
    text
}
