//! The layers inside this crate point one way only. Cargo keeps crates apart; this keeps folders apart.

use std::fs;
use std::path::{Path, PathBuf};

/// What each folder may use of the others.
const ALLOWED: [(&str, &[&str]); 8] = [
    ("types", &[]),
    ("wire", &["types", "quirk", "limits"]),
    ("grammar", &["types", "wire", "quirk"]),
    ("response", &["types", "wire", "grammar", "quirk", "limits"]),
    ("command", &["types", "wire", "grammar", "quirk", "limits"]),
    ("sasl", &["types", "limits"]),
    ("transcript", &[]),
    ("session", &["types", "wire", "response", "command", "quirk", "limits"]),
];

#[test]
fn no_layer_knows_one_behind_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut read = 0;
    for (layer, allowed) in ALLOWED {
        let mut files = Vec::new();
        rust_files(&source.join(layer), &mut files);
        read += files.len();
        for file in files {
            let text = fs::read_to_string(&file).expect("source files are UTF-8");
            for used in used_modules(&text) {
                let known = used == layer || allowed.contains(&&*used);
                assert!(known, "{} uses crate::{used}, which {layer} must not know", file.display());
            }
        }
    }
    assert!(read > 40, "only {read} source files were found");
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("every layer has a folder") {
        let path = entry.expect("folders of sources can be listed").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Every `crate::name` in a file, `crate::Limits` counted as `limits`.
fn used_modules(text: &str) -> Vec<String> {
    let uses = text.split("crate::").skip(1).map(|after| {
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        after[..end].to_ascii_lowercase()
    });
    uses.filter(|name| !name.is_empty()).collect()
}

#[test]
fn uses_are_found_in_every_form() {
    let text =
        "use crate::types::Uid;\nfn f() -> crate::Limits { crate::wire::x() }\nlet y = crate::response;";
    assert_eq!(used_modules(text), ["types", "limits", "wire", "response"]);
}
