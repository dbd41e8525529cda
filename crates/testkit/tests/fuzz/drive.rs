//! Runs a target over files and over mutations, and makes of a failure something to keep.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;

use tayori_testkit::fuzz::{Mutator, Random, Target, corpus, shrink};

/// Inputs of each target in place of its own number.
const CASES: &str = "TAYORI_FUZZ_CASES";
/// The seed of the mutations, a number.
const SEED: &str = "TAYORI_FUZZ_SEED";

/// Runs every file of the target's folder, and every seed as it is.
pub(crate) fn replay(name: &str) {
    let target = target(name);
    for (path, octets) in corpus::files(name).expect("the folder can be read") {
        if let Err(problem) = attempt(target, &octets) {
            panic!("{}: {problem}", path.display());
        }
    }
    let seeds = target.seeds().expect("the fixtures can be read");
    assert!(!seeds.is_empty(), "{name} has no seeds");
    for seed in &seeds {
        if let Err(problem) = attempt(target, seed) {
            report(target, seed, "a seed, unchanged", &problem);
        }
    }
}

/// Runs as many mutations of the seeds as the target, or the environment, says.
pub(crate) fn mutate(name: &str) {
    let target = target(name);
    let cases = number(CASES).unwrap_or(u64::from(target.cases));
    let seed = number(SEED).unwrap_or(1);
    let seeds = target.seeds().expect("the fixtures can be read");
    for case in 0..cases {
        // Each case has a seed of its own, so that one can be made again without those in front of it.
        let own = Random::new(seed.wrapping_mul(1 << 32).wrapping_add(case)).number();
        let octets = Mutator::new(own).mutate(&seeds);
        if let Err(problem) = attempt(target, &octets) {
            report(target, &octets, &format!("case {case} of {SEED}={seed}"), &problem);
        }
    }
}

fn target(name: &str) -> Target {
    Target::by_name(name).unwrap_or_else(|| panic!("no target {name}"))
}

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable}={value} is no number")))
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What the target says of these octets. The panic is not printed: shrinking makes thousands of them.
fn attempt(target: Target, octets: &[u8]) -> Result<(), String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                loud(info);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(|| (target.run)(octets)));
    QUIET.set(false);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
    })
}

/// Makes the octets as small as they get, puts them where they can be taken from, and fails.
fn report(target: Target, octets: &[u8], origin: &str, problem: &str) -> ! {
    let small = shrink(octets, |octets| attempt(target, octets).is_err());
    let path = keep(target.name, &small).display().to_string();
    let now = attempt(target, &small).err().unwrap_or_default();
    let folder = corpus::folder(target.name).display().to_string();
    panic!(
        "{name}, {origin}: {problem}\n\nmade smaller, \"{octets}\": {now}\n\nkept in {path}; once it is understood, it belongs \
         into {folder} under a name that says what it shows",
        name = target.name,
        octets = small.escape_ascii(),
    );
}

fn keep(name: &str, octets: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz").join(name);
    let path = folder.join(format!("{:016x}", Random::of(octets).number()));
    let kept = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, octets));
    kept.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    path
}
