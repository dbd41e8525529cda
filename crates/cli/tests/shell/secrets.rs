//! A password is in nothing that is shown or kept, however it was typed.

use crate::at;
use crate::common::program::Folder;
use crate::dialogues::shell;
use crate::store::Host;

/// The password is `hunter2-hunter2`; in base64 with what may stand around it, some part of these is always there.
const TRACES: [&str; 5] = ["hunter2", "aHVudGVyM", "h1bnRlcjI", "odW50ZXIy", "dW50ZXI"];

#[test]
fn no_password_is_shown_or_saved() {
    let host = Host::start();
    let ways: &[&[&str]] = &[
        &["LOGIN ann hunter2-hunter2"],
        &["a7 login \"ann\" \"hunter2-hunter2\""],
        &["LOGIN ann {15}", "hunter2-hunter2"],
        &["LOGIN {3+}", "ann {15+}", "hunter2-hunter2"],
        &["LOGIN ann {?}"],
        &["LOGIN \"ann hunter2-hunter2"],
        &["LOGIN ann {< secret}"],
        &["LOGN ann hunter2-hunter2"],
        &["x LOGIN ann hunter2-hunter2"],
        &["1 2 LOGIN ann hunter2-hunter2"],
        &["AUTHENTICATE PLAIN AGFubgBodW50ZXIyLWh1bnRlcjI="],
        &["AUTHENTICATE PLAIN", "\\0ann\\0hunter2-hunter2"],
        &["AUTHENTICATE PLAIN", "=AGFubgBodW50ZXIyLWh1bnRlcjI="],
        &["AUTHENTICATE PLAIN", "?"],
        &["AUTHENTICATE PLAIN", "\\q hunter2-hunter2"],
        &[".connect imap://ann:hunter2-hunter2@127.0.0.1/"],
    ];
    for way in ways {
        let folder = Folder::new();
        folder.write("secret", "hunter2-hunter2");
        let mut entries = way.to_vec();
        entries.extend([".raw on", "NOOP", ".save dialogue"]);
        let run = at(shell(&folder, &entries), &host.place(""));
        let outcome = run.env("TAYORI_PASSWORD", "hunter2-hunter2").run();
        let saved = std::fs::read_to_string(folder.at("dialogue")).unwrap();
        assert!(saved.contains("NOOP"), "{way:?}: {saved}");
        let stdout = String::from_utf8_lossy(&outcome.stdout);
        for trace in TRACES {
            for (name, text) in [("stdout", &stdout[..]), ("stderr", &outcome.stderr), ("saved", &saved)] {
                assert!(!text.contains(trace), "{way:?}: {trace} in {name}:\n{text}");
            }
        }
    }
}
