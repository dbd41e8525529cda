//! What each reader allocates; see `lib.rs`.
//!
//! ```text
//! count ROWS
//! count <set> <reader> <replies> <allocations> <octets allocated> <octets held at most>
//! ```

use std::process::ExitCode;

use allocation_counter::measure;
use tayori_bench_proto::readers::{READERS, check};
use tayori_bench_proto::sets;

fn main() -> ExitCode {
    let Some(rows) = std::env::args().nth(1).and_then(|number| number.parse::<usize>().ok()) else {
        eprintln!("usage: count ROWS");
        return ExitCode::FAILURE;
    };
    let searched = u32::try_from(rows).unwrap_or(u32::MAX).saturating_mul(50).min(1_000_000);
    for set in [
        sets::envelopes(rows),
        sets::structures(rows),
        sets::literals(rows / 100),
        sets::search("search", searched, 1),
        sets::search("search with gaps", searched, 3),
    ] {
        if let Err(problem) = check(&set) {
            eprintln!("not read as it is: {problem}");
            return ExitCode::FAILURE;
        }
        for reader in READERS.iter().filter(|reader| (reader.takes)(&set)) {
            let counted = measure(|| (reader.read)(&set));
            println!(
                "count\t{}\t{}\t{}\t{}\t{}\t{}",
                set.name,
                reader.name,
                set.ends.len(),
                counted.count_total,
                counted.bytes_total,
                counted.bytes_max
            );
        }
    }
    ExitCode::SUCCESS
}
