//! `--keep-serving`: a server that stays, and what can be done with what it says.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use crate::demo;
use crate::hide;
use crate::program::{Folder, MANIFEST, Running, TAYORI};
use crate::run::summary;

/// A demonstration that serves, and what it has said.
struct Serving {
    running: Running,
    folder: Folder,
    said: String,
}

impl Serving {
    fn start(options: &str) -> Self {
        let folder = Folder::new();
        let out = fs::File::create(folder.at("stdout")).unwrap();
        let running = demo(&folder).args("--keep-serving").args(options).stdout(Stdio::from(out)).start();
        for _ in 0..6_000 {
            let said = fs::read_to_string(folder.at("stdout")).unwrap();
            if said.ends_with("normal password\n") {
                return Self { running, folder, said };
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{:?}", running.wait());
    }

    /// A value such as the password.
    fn value(&self, name: &str) -> String {
        let line = self.said.lines().find_map(|line| line.trim_start().strip_prefix(name)).unwrap();
        line.trim().to_owned()
    }

    fn port(&self) -> String {
        let place = self.value("place ");
        place.trim_end_matches('/').rsplit_once(':').unwrap().1.to_owned()
    }

    /// The line that fetches, as it stands, in a shell in another folder.
    fn fetch(&self) -> Vec<(String, usize)> {
        let line = self.said.lines().find(|line| line.contains(" fetch ")).unwrap();
        let folder = Folder::new();
        let bin = folder.at("bin");
        fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(TAYORI, bin.join("tayori")).unwrap();
        let shell =
            Command::new("/bin/sh").args(["-ec", line]).env("PATH", bin).current_dir(folder.path()).output();
        let output = shell.unwrap();
        assert!(output.status.success(), "{line}: {}", output.stderr.escape_ascii());
        let mut found: Vec<_> = fs::read_dir(folder.at("new"))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_name() != MANIFEST)
            .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap().len()))
            .collect();
        found.sort();
        found
    }

    #[track_caller]
    fn end(self, signal: Signal, code: i32, stderr: &str) {
        self.running.signal(signal);
        self.running.wait().check(code, "", stderr);
    }
}

fn size(folder: &Folder, name: &str) -> (String, usize) {
    let path = folder.at("tayori-demo/INBOX").join(name);
    (name.to_owned(), fs::read(path).unwrap().len())
}

#[test]
fn what_it_says_is_all_that_is_needed() {
    let serving = Serving::start("");
    let (password, fingerprint, port) =
        (serving.value("password "), serving.value("certificate "), serving.port());
    assert_eq!(password.len(), 20);
    assert!(fingerprint.starts_with("SHA256:") && fingerprint.len() == 71, "{fingerprint}");
    let said = hide(serving.said.as_bytes())
        .replace(&password, "PASSWORD")
        .replace(&fingerprint, "FINGERPRINT")
        .replace(&port, "PORT");
    assert_eq!(
        said,
        summary()
            + "Every byte in tayori-demo is what the server has.\n\
               \n\
               Serving until Ctrl-C; what is changed on this server is lost when it ends:\n  \
               place        imaps://demo@127.0.0.1:PORT/\n  \
               user         demo\n  \
               password     PASSWORD\n  \
               certificate  FINGERPRINT\n\
               \n\
               Try in another terminal:\n  \
               TAYORI_PASSWORD=PASSWORD tayori fetch imaps://demo@127.0.0.1:PORT/INBOX --last 3 -o new/ --fingerprint FINGERPRINT\n  \
               mutt -f imaps://demo@127.0.0.1:PORT/INBOX\n  \
               openssl s_client -quiet -verify_quiet -crlf -connect 127.0.0.1:PORT\n    \
               a LOGIN demo PASSWORD\n    b EXAMINE INBOX\n    c FETCH 1 (FLAGS ENVELOPE)\n    d LOGOUT\n\
               In Thunderbird: a new account, IMAP, server 127.0.0.1, port PORT, security SSL/TLS, normal password\n"
    );
    let expected = ["106.eml", "107.eml", "108.eml"].map(|name| size(&serving.folder, name));
    assert_eq!(serving.fetch(), expected);

    // Beside it: one in another folder, and one in the same, which is free now.
    assert_eq!(demo(&serving.folder).args("--output other").run().code, 0);
    assert_eq!(demo(&serving.folder).run().code, 0);

    // Its port is taken.
    let third = demo(&serving.folder).args("--output third --port").arg(&port).hide(&port, "PORT");
    // The number is another on other systems.
    let outcome = third.hide("(os error 48)", "(os error 98)").run();
    outcome.check(
        1,
        "",
        "error: cannot serve on port PORT of 127.0.0.1: Address already in use (os error 98)\n\
         hint: another program serves there; choose another --port, or leave it out for a free one\n",
    );
    assert!(!serving.folder.at("third").exists());
    serving.end(Signal::INT, 0, "");
}

#[test]
fn without_tls_on_a_port_that_was_asked_for() {
    // Free a moment ago, so most likely free now.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let serving = Serving::start(&format!("--no-tls --port {port}"));
    assert_eq!(serving.value("place "), format!("imap://demo@127.0.0.1:{port}/"));
    assert!(!serving.said.contains("certificate"));
    assert!(
        serving.said.contains(&format!("\n  telnet 127.0.0.1 {port}\n    a LOGIN demo ")),
        "{}",
        serving.said
    );
    assert_eq!(serving.fetch().len(), 3);
    serving.end(Signal::TERM, 143, "error: ended by SIGTERM\n");
}
