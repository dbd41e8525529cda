//! The targets here, their folders and the programs in `fuzz/` are the same.

use std::collections::BTreeSet;

use tayori_testkit::fixture::repository;
use tayori_testkit::fuzz::Target;

use super::TESTED;

fn names() -> BTreeSet<String> {
    Target::ALL.iter().map(|target| target.name.to_owned()).collect()
}

#[test]
fn every_target_is_tested() {
    assert_eq!(names(), TESTED.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn every_folder_of_the_corpus_is_that_of_a_target() {
    let entries =
        std::fs::read_dir(repository().join("fixtures/corpus")).expect("the corpus is in the repository");
    for entry in entries {
        let name = entry.expect("it can be read").file_name().into_string().expect("names are ASCII");
        assert!(names().contains(&name), "{name}");
    }
}

/// `fuzz/` is no member of the workspace, and nothing else would notice that a target is missing there.
#[test]
fn every_target_has_its_program() {
    let folder = repository().join("fuzz");
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).expect("it is in the repository");
    let declared: Vec<_> =
        manifest.lines().filter_map(|line| line.strip_prefix("path = \"fuzz_targets/")).collect();
    let declared: BTreeSet<_> =
        declared.iter().map(|rest| rest.trim_end_matches(".rs\"").to_owned()).collect();
    assert_eq!(declared, names());
    for name in names() {
        let path = folder.join(format!("fuzz_targets/{name}.rs"));
        let program =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(program.contains(&format!("Target::by_name(\"{name}\")")), "{program}");
    }
}
