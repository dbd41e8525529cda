//! How much of the processor the server has used.

use std::collections::HashSet;
use std::fs;
use std::time::Duration;

/// Processor time of a process, of all below it, and of those of them that have ended; `None` where there is no
/// `/proc`. In steps of the kernel's clock, usually 10 ms.
pub(super) fn of_tree(root: u32) -> Option<Duration> {
    let mut processes: Vec<Process> = Vec::new();
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let number = entry.file_name().to_str().and_then(|name| name.parse().ok());
        // A process may have ended since its name was read.
        let text = number.and_then(|_: u32| fs::read_to_string(entry.path().join("stat")).ok());
        processes.extend(text.as_deref().and_then(Process::parse));
    }
    let ticks = ticks_below(root, &processes)?;
    Some(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    number: u32,
    parent: u32,
    /// Its own, and of the children that it has waited for.
    ticks: u64,
}

impl Process {
    /// `NUMBER (NAME) STATE PARENT ...`; a name may have blanks and parentheses in it.
    fn parse(stat: &str) -> Option<Self> {
        let number = stat.split(' ').next()?.parse().ok()?;
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        let mut ticks = 0;
        // utime, stime, cutime, cstime are fields 14 to 17 of proc(5), of which the first two are cut off.
        for field in fields.get(11..15)? {
            ticks += field.parse::<u64>().ok()?;
        }
        Some(Self { number, parent: fields.get(1)?.parse().ok()?, ticks })
    }
}

fn ticks_below(root: u32, processes: &[Process]) -> Option<u64> {
    if !processes.iter().any(|process| process.number == root) {
        return None;
    }
    let mut tree = HashSet::from([root]);
    // Each pass finds one more level; a tree has few.
    loop {
        let known = tree.len();
        let children = processes.iter().filter(|process| tree.contains(&process.parent));
        let children: Vec<u32> = children.map(|process| process.number).collect();
        tree.extend(children);
        if tree.len() == known {
            break;
        }
    }
    Some(processes.iter().filter(|process| tree.contains(&process.number)).map(|process| process.ticks).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_proc_is_read() {
        let line = "42 (imap (a) b) S 7 42 42 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 1 0 5 6 7\n";
        assert_eq!(Process::parse(line), Some(Process { number: 42, parent: 7, ticks: 100 }));
        assert_eq!(Process::parse("42 (x) S 7"), None);
        assert_eq!(Process::parse(""), None);
    }

    #[test]
    fn only_the_tree_is_counted() {
        let process = |number, parent, ticks| Process { number, parent, ticks };
        let processes = [process(9, 8, 100), process(1, 0, 1000), process(7, 1, 1), process(8, 7, 10)];
        assert_eq!(ticks_below(7, &processes), Some(111));
        assert_eq!(ticks_below(5, &processes), None);
    }

    #[test]
    fn we_have_used_some_time() {
        if fs::exists("/proc/self/stat").expect("it can be asked for") {
            assert!(of_tree(std::process::id()).is_some());
        }
    }
}
