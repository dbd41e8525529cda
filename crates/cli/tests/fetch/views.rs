//! What is shown or kept of messages besides the whole.

use crate::common::program::Folder;
use crate::store::Host;

const LETTER: &str =
    "Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment\r\n\r\nhello\r\n";

/// Names must not depend on what is in the mailbox: a script looks for them.
#[test]
fn a_folder_for_each_message_depends_on_what_is_typed_alone() {
    let host = Host::start();
    host.put("INBOX", LETTER);
    host.create("Archive");
    host.put("Archive", LETTER);
    let check = |place: &str, options: &[&str], expected: &str| {
        let folder = Folder::new();
        let run = options.iter().fold(host.fetch(place), |run, option| run.arg(option));
        run.args("--attachments -o out/").folder(&folder).run().check(0, "", "");
        assert_eq!(std::fs::read(folder.at(expected)).unwrap(), b"hello\r\n", "{options:?}");
    };
    for one in ["--number=1", "--number=*", "--uid=1", "--uid=*", "--last=1"] {
        check("INBOX", &[one], "out/a.txt");
    }
    check("INBOX;UID=1", &[], "out/a.txt");
    check("INBOX", &["--search=all", "--last=1"], "out/a.txt");
    check("", &["--mailbox=INBOX", "--uid=1"], "out/INBOX/a.txt");
    for several in ["--all", "--number=1:*", "--uid=1:9", "--search=all", "--last=2"] {
        check("INBOX", &[several], "out/1/a.txt");
    }
    check("", &["--all-mailboxes", "--uid=1"], "out/Archive/1/a.txt");
    check("", &["--mailbox=Arch*", "--uid=1"], "out/Archive/1/a.txt");
}
