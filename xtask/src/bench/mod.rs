//! `cargo xtask bench`: how long things take, beside what other programs and libraries take. `docs/benchmarks.md` says
//! how to read it. [`proto`] is about reading responses, all else about fetching mail:
//!
//! - this file: the options, and the order of things
//! - [`scenario`]: what is fetched and who takes part; [`targets`]: what must come out
//! - [`fill`]: the mail goes into a private Dovecot; [`proxy`]: the line to it is made longer
//! - [`contestants`]: how each program is called; [`floor`]: the two that show what is possible
//! - [`rounds`]: everyone in turn, measured; [`check`]: whether everything was fetched
//! - [`statistics`], [`report`]: what it comes to

mod check;
mod contestants;
mod fill;
pub(crate) mod floor;
mod machine;
mod proto;
mod proxy;
mod report;
mod rounds;
mod scenario;
mod server_time;
mod statistics;
mod targets;

use std::env;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::{Subcommand, ValueEnum};

use self::contestants::Programs;
use self::proxy::Proxy;
use self::rounds::Surroundings;
use self::scenario::{Scenario, Size};
use crate::disk;
use crate::peers::dovecot::Installation;
use crate::release;
use crate::stop::{Interrupt, Outcome, Stop, because};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Fetch a mailbox from a private Dovecot, in turn with mbsync, curl and others
    Fetch(Fetch),
    /// Read responses with our parser, in turn with other IMAP libraries
    Proto(proto::Options),
}

#[derive(clap::Args)]
struct Fetch {
    /// What is fetched
    #[arg(long, value_enum, default_value_t = ScenarioChoice::Mailbox)]
    scenario: ScenarioChoice,

    /// A tenth of the mail: a quick look
    #[arg(long)]
    small: bool,

    /// How often each program runs [default: 5; 3 for big and many; 60 for one; 3 with --small]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: Option<u32>,

    /// Fetch 1,000 mails over a line with this round trip, such as 50ms
    #[arg(long, value_name = "TIME", value_parser = parse_rtt)]
    rtt: Option<Duration>,

    /// Run only these rows: a name such as curl, or the beginning of one such as tayori
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,

    /// Leave these rows out
    #[arg(long, value_name = "NAME")]
    without: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScenarioChoice {
    /// 10,000 mails of all sizes, 0.6 GB
    Mailbox,
    /// One mail of 1 GiB
    Big,
    /// 20,000 mails of 4 KiB
    Many,
    /// One mail of 4 KiB
    One,
    /// One after the other
    All,
}

pub(crate) fn run(arguments: &Arguments, interrupt: &Interrupt) -> Outcome<ExitCode> {
    let options = match &arguments.what {
        What::Fetch(options) => options,
        What::Proto(options) => return proto::run(options, interrupt),
    };
    if cfg!(debug_assertions) {
        return Err(become_release(interrupt)?);
    }
    let installation = Installation::expect()?;
    let scenarios = options.scenarios()?;
    let programs = Programs::find(scenarios.iter().flat_map(|scenario| &scenario.rows), interrupt)?;
    println!("\n{}", machine::description(&env::temp_dir()));
    println!("{}", programs.versions());

    let mut complete = true;
    for scenario in &scenarios {
        complete &= measure(scenario, options.rtt, &installation, &programs, interrupt)?;
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs one scenario on a server of its own and prints what came out; whether every run was complete.
fn measure(
    scenario: &Scenario,
    rtt: Option<Duration>,
    installation: &Installation,
    programs: &Programs,
    interrupt: &Interrupt,
) -> Outcome<bool> {
    println!("\n== {}", scenario.name);
    disk::expect_space(&env::temp_dir(), scenario.space())?;
    let dovecot = installation.start(interrupt)?;
    println!("{}", dovecot.description());
    let filled = fill::fill(&dovecot, scenario.mailbox, interrupt)?;
    println!("{filled}");
    let proxy = match rtt {
        Some(rtt) => {
            let proxy = Proxy::start(dovecot.ports().imaps, rtt).map_err(because("the delayed line"))?;
            println!("a line with a round trip of {} ms lies in between", rtt.as_millis());
            Some(proxy)
        }
        None => None,
    };
    let surroundings = Surroundings { dovecot: &dovecot, proxy: proxy.as_ref(), filled: &filled, programs };
    let results = match rounds::run(scenario, &surroundings, interrupt) {
        Err(Stop::Failed(problem)) => return Err(Stop::failed(format!("{problem}\n{}", dovecot.log_tail()))),
        outcome => outcome?,
    };
    let targets = targets::for_scenario(scenario.kind, rtt);
    print!("{}", report::report(scenario, &results, &targets));
    Ok(results.complete())
}

/// Runs the same command as a release build in our place: making and checking mail, and above all the floor, must
/// not be slower than they have to be. Returns only if that fails.
fn become_release(interrupt: &Interrupt) -> Outcome<Stop> {
    let program = release::program("xtask", interrupt)?;
    let error: io::Error = Command::new(program).args(env::args_os().skip(1)).exec();
    Ok(Stop::failed(format!("the release build cannot be run: {error}")))
}

impl Fetch {
    fn scenarios(&self) -> Outcome<Vec<Scenario>> {
        let kinds: &[scenario::Kind] = match self.scenario {
            ScenarioChoice::Mailbox => &[scenario::Kind::Mailbox],
            ScenarioChoice::Big => &[scenario::Kind::Big],
            ScenarioChoice::Many => &[scenario::Kind::Many],
            ScenarioChoice::One => &[scenario::Kind::One],
            ScenarioChoice::All => &scenario::Kind::ALL,
        };
        if self.rtt.is_some() && self.scenario != ScenarioChoice::Mailbox {
            return Err(Stop::failed(
                "--rtt goes with the scenario mailbox only\nhint: leave --scenario out",
            ));
        }
        let size = match (self.rtt, self.small) {
            (Some(_), _) => Size::Delayed,
            (None, true) => Size::Small,
            (None, false) => Size::Full,
        };
        let mut scenarios: Vec<Scenario> = kinds.iter().map(|&kind| Scenario::new(kind, size)).collect();
        for scenario in &mut scenarios {
            scenario.rows = contestants::choose(&scenario.rows, &self.only, &self.without)?;
            if let Some(rounds) = self.rounds {
                scenario.rounds = rounds;
            }
        }
        Ok(scenarios)
    }
}

/// `50ms` or `0.05s`, more than nothing and at most 10 seconds.
fn parse_rtt(text: &str) -> Result<Duration, String> {
    let milliseconds = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => number.parse::<f64>().ok(),
        (None, Some(number)) => number.parse::<f64>().ok().map(|seconds| seconds * 1000.0),
        (None, None) => None,
    };
    match milliseconds {
        Some(milliseconds) if milliseconds > 0.0 && milliseconds <= 10_000.0 => {
            Ok(Duration::from_secs_f64(milliseconds / 1000.0))
        }
        _ => Err("a time with its unit is expected, such as 50ms, at most 10s".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_have_a_unit() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(parse_rtt(text).ok(), expected.map(Duration::from_millis), "{text}");
        };
        check("50ms", Some(50));
        check("0.05s", Some(50));
        check("10s", Some(10_000));
        for wrong in ["50", "ms", "0ms", "-1ms", "11s", "NaNms", "infs", "50 parsecs"] {
            check(wrong, None);
        }
    }
}
