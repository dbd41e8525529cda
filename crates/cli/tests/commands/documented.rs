//! The JSON that docs/scripting.md shows is that of the program: the same fields, with values of the same kinds.

use std::collections::BTreeMap;

use serde_json::Value;
use tayori_proto::response::ListAttribute;

use crate::common::program::{Folder, Outcome, Run};
use crate::config;
use crate::mails;
use crate::store::Host;

const DOCUMENT: &str = include_str!("../../../../docs/scripting.md");

/// The examples under each heading.
fn documented() -> BTreeMap<&'static str, Vec<Value>> {
    let (_, section) = DOCUMENT.split_once("\n## JSON\n").unwrap();
    let (section, _) = section.split_once("\n### fetch\n").unwrap();
    let parts = section.split("\n#### ").skip(1);
    let examples = parts.map(|part| {
        let (heading, text) = part.split_once('\n').unwrap();
        let (_, block) = text.split_once("```json\n").unwrap();
        let (block, _) = block.split_once("```").unwrap();
        (heading, block.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    });
    examples.collect()
}

/// What a command tells when all goes well.
fn run(heading: &str) -> Outcome {
    if heading == "account test" {
        return tested();
    }
    if heading.starts_with("config") || heading.starts_with("account") {
        return configured(heading);
    }
    let host = if heading.starts_with("acl") { Host::with_rights() } else { mails::host() };
    host.create_for("Trash", ListAttribute::Trash);
    host.create("Archive");
    host.create("Old");
    if heading == "metadata" {
        host.run("metadata", "Archive").args("--set /private/comment=old").run();
    }
    let folder = Folder::new();
    folder.write("a.eml", mails::LUNCH);
    let (command, mailbox, words) = match heading {
        "list --status" => ("list", "INBOX", "--status"),
        "status" => ("status", "", ""),
        "namespace" => ("namespace", "", ""),
        "acl" => ("acl", "", ""),
        "acl --set" => ("acl", "", "--set bob=lr"),
        "metadata" => ("metadata", "Archive", ""),
        "metadata --set" => ("metadata", "", "--set /private/comment=old"),
        "quota" => ("quota", "", ""),
        "check" => ("check", "", ""),
        "search" => ("search", "", "uid:4"),
        "search --count" => ("search", "", "--count"),
        "thread" => ("thread", "", "uid:1:2"),
        "show" => ("show", "", "4"),
        "show --save-attachments" => ("show", "", "4,5 --save-attachments files"),
        "read" => ("read", "", "1,3"),
        "move" => ("move", "", "1:3 --to Archive"),
        "delete --dry-run" => ("delete", "", "4 --dry-run"),
        "append" => ("append", "", "a.eml"),
        "append --dry-run" => ("append", "", "a.eml --dry-run"),
        "mailbox delete" => ("mailbox delete", "Old", ""),
        "mailbox rename" => ("mailbox rename", "Old", "--to New"),
        other => panic!("{other} is documented, and not tried here"),
    };
    host.run(command, mailbox).args(words).args("--json").folder(&folder).run()
}

fn tested() -> Outcome {
    let host = mails::host();
    let folder = Folder::new();
    let port = host.port();
    let config =
        format!("[accounts.work]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nuser = \"ann\"\n");
    folder.write("config.toml", &config);
    let run = Run::new().args("account test --json").folder(&folder).env("TAYORI_CONFIG", "config.toml");
    run.env("XDG_STATE_HOME", folder.path()).run()
}

fn configured(words: &str) -> Outcome {
    let folder = Folder::new();
    folder.write("config.toml", config::TWO);
    let run = Run::new().args(words).args("--json").folder(&folder);
    // Of what is wrong there is an example, too.
    let run = if words == "config check" { run.env("TAYORI_TIMEOUT", "soon") } else { run };
    run.env("TAYORI_CONFIG", "config.toml").env("TAYORI_ACCOUNT", "work").run()
}

/// The fields and the kinds of their values; `null` fits any.
fn shape(value: &Value) -> BTreeMap<String, &'static str> {
    let kind = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), kind(value))).collect()
}

#[track_caller]
fn check(heading: &str, documented: &Value, real: &Value) {
    let (documented, real) = (shape(documented), shape(real));
    let names = |shape: &BTreeMap<String, &'static str>| shape.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&documented), names(&real), "{heading}");
    for (name, kind) in &documented {
        let other = real[name];
        assert!(*kind == "null" || other == "null" || *kind == other, "{heading}: {name} is {kind}, {other}");
    }
}

#[test]
fn json_is_as_it_is_documented() {
    let documented = documented();
    assert_eq!(documented.len(), 27);
    for (heading, examples) in documented {
        let outcome = run(heading);
        let code = if heading == "config check" { 2 } else { 0 };
        assert_eq!((outcome.code, outcome.stderr.as_str()), (code, ""), "{heading}");
        let text = String::from_utf8(outcome.stdout).unwrap();
        let real: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for example in &examples {
            let same_event = |line: &&Value| line["event"] == example["event"];
            let real =
                real.iter().find(same_event).unwrap_or_else(|| panic!("{heading}: {example} in {text}"));
            check(heading, example, real);
        }
        // Nothing that is told is left out of the document.
        for line in &real {
            assert!(examples.iter().any(|example| example["event"] == line["event"]), "{heading}: {line}");
        }
    }
}

#[test]
fn the_version_of_the_json_is_said() {
    let (_, section) = DOCUMENT.split_once("\n## JSON\n").unwrap();
    let (_, version) = section.split_once("This is version ").unwrap();
    let version = version.split(' ').next().unwrap();
    let said = String::from_utf8(Run::new().args("--version").run().stdout).unwrap();
    assert!(said.ends_with(&format!("\nJSON {version}\n")), "{said}");
}
