//! How long each reader takes; see `lib.rs`.
//!
//! ```text
//! time ROUNDS ROWS
//! reader <name> <what>
//! set    <set> <replies> <octets>
//! time   <set> <reader> <round> <nanoseconds>
//! growth <name> <round> <nanoseconds> <nanoseconds>
//! ```

use std::process::ExitCode;
use std::time::Instant;

use tayori_bench_proto::growth::GROWTHS;
use tayori_bench_proto::readers::{READERS, check};
use tayori_bench_proto::sets;

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).filter_map(|number| number.parse().ok());
    let (Some(rounds), Some(rows)) = (numbers.next(), numbers.next()) else {
        eprintln!("usage: time ROUNDS ROWS");
        return ExitCode::FAILURE;
    };
    let rows: usize = rows;
    for reader in &READERS {
        println!("reader\t{}\t{}", reader.name, reader.what);
    }
    let searched = u32::try_from(rows).unwrap_or(u32::MAX).saturating_mul(50).min(1_000_000);
    let sets = [
        sets::envelopes(rows),
        sets::structures(rows),
        sets::literals(rows / 100),
        sets::search("search", searched, 1),
        sets::search("search with gaps", searched, 3),
    ];
    for set in &sets {
        println!("set\t{}\t{}\t{}", set.name, set.ends.len(), set.stream.len());
        if let Err(problem) = check(set) {
            eprintln!("not read as it is: {problem}");
            return ExitCode::FAILURE;
        }
    }
    for round in 0..rounds {
        for set in &sets {
            let readers: Vec<_> = READERS.iter().filter(|reader| (reader.takes)(set)).collect();
            // The next round begins with the next one, so that nobody always has the same neighbour.
            for turn in 0..readers.len() {
                let reader = readers[(turn + round) % readers.len()];
                let started = Instant::now();
                (reader.read)(set);
                println!("time\t{}\t{}\t{round}\t{}", set.name, reader.name, started.elapsed().as_nanos());
            }
        }
        for growth in &GROWTHS {
            let (less, more) = ((growth.less)(), (growth.more)());
            println!("growth\t{}\t{round}\t{}\t{}", growth.name, less.as_nanos(), more.as_nanos());
        }
    }
    ExitCode::SUCCESS
}
