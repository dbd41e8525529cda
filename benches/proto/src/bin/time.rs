//! How long each reader takes; see `lib.rs`.
//!
//! What is taken is processor time of the thread, which other programs on the machine lengthen far less than time on
//! the wall. With the names of a set and of a reader, only that is done: for a profiler.
//!
//! ```text
//! time ROUNDS ROWS [SET READER]
//! reader <name> <what>
//! set    <set> <replies> <octets>
//! time   <set> <reader> <round> <nanoseconds>
//! growth <name> <round> <nanoseconds> <nanoseconds>
//! ```

use std::process::ExitCode;

use tayori_bench_proto::growth::GROWTHS;
use tayori_bench_proto::processor_time;
use tayori_bench_proto::readers::{READERS, check};
use tayori_bench_proto::sets;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| arguments.get(index)?.parse::<usize>().ok();
    let (Some(rounds), Some(rows)) = (number(0), number(1)) else {
        eprintln!("usage: time ROUNDS ROWS [SET READER]");
        return ExitCode::FAILURE;
    };
    let only = arguments.get(2).zip(arguments.get(3));
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
    if let Some((set, reader)) = only {
        let set = sets.iter().find(|found| found.name == set);
        let reader = READERS.iter().find(|found| found.name == reader);
        let (Some(set), Some(reader)) = (set, reader) else { return ExitCode::FAILURE };
        (0..rounds).for_each(|_| (reader.read)(set));
        return ExitCode::SUCCESS;
    }
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
                let taken = processor_time(|| (reader.read)(set)).as_nanos();
                println!("time\t{}\t{}\t{round}\t{taken}", set.name, reader.name);
            }
        }
        for growth in &GROWTHS {
            let (less, more) = ((growth.less)(), (growth.more)());
            println!("growth\t{}\t{round}\t{}\t{}", growth.name, less.as_nanos(), more.as_nanos());
        }
    }
    ExitCode::SUCCESS
}
