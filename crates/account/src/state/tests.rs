use std::fs;

use tayori_proto::sasl::ScramHash;

use super::*;

const SHA256: Mechanism = Mechanism::Scram(ScramHash::Sha256);
const PLUS: Mechanism = Mechanism::ScramPlus(ScramHash::Sha256);

fn account() -> AccountName {
    AccountName::new("work").unwrap()
}

fn fingerprint(octet: &str) -> Fingerprint {
    octet.repeat(32).parse().unwrap()
}

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn environment(&self) -> Environment {
        Environment::fixed([("XDG_STATE_HOME", self.0.path()), ("XDG_CONFIG_HOME", self.0.path())])
    }

    fn load(&self) -> Result<State, StateError> {
        State::load(&account(), &self.environment())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("tayori/accounts/work.toml")
    }

    fn with(content: &str) -> Self {
        let home = Self::new();
        fs::create_dir_all(home.file().parent().unwrap()).unwrap();
        fs::write(home.file(), content).unwrap();
        home
    }
}

#[test]
fn what_was_learned_is_there_in_the_next_run() {
    let home = Home::new();
    let mut state = home.load().unwrap();
    assert_eq!((state.strongest_mechanism(), state.first_fingerprint()), (None, None));
    // Looking leaves nothing behind.
    assert_eq!(fs::read_dir(home.0.path()).unwrap().count(), 0);
    state.record_login(SHA256).unwrap();
    state.record_first_fingerprint(fingerprint("ab")).unwrap();
    assert_eq!(home.load().unwrap(), state);
    assert_eq!(
        (state.strongest_mechanism(), state.first_fingerprint()),
        (Some(SHA256), Some(fingerprint("ab")))
    );
    assert_eq!(
        fs::read_to_string(home.file()).unwrap(),
        format!(
            "# Kept by tayori, not for settings. Removing it forgets which login mechanism and which certificate\n\
             # were seen before, so that a weaker one would not be noticed.\n\
             version = 1\n\
             strongest-mechanism = \"SCRAM-SHA-256\"\n\
             first-fingerprint = \"SHA256:{}\"\n",
            "ab".repeat(32)
        )
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        assert_eq!(fs::metadata(home.file()).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn only_a_stronger_mechanism_changes_something() {
    let home = Home::new();
    let mut state = home.load().unwrap();
    state.record_login(SHA256).unwrap();
    // Another run, which did not see what follows.
    let mut other = home.load().unwrap();
    state.record_login(PLUS).unwrap();
    state.record_login(Mechanism::Plain).unwrap();
    other.record_login(Mechanism::External).unwrap();
    assert_eq!(other.strongest_mechanism(), Some(PLUS));
    assert_eq!(home.load().unwrap().strongest_mechanism(), Some(PLUS));
    state.forget_mechanism().unwrap();
    state.record_login(Mechanism::Plain).unwrap();
    assert_eq!(home.load().unwrap().strongest_mechanism(), Some(Mechanism::Plain));
}

/// Two runs that see two certificates at their first connections: only one of them was the first.
#[test]
fn the_first_certificate_stays_the_first() {
    let home = Home::new();
    let (mut one, mut other) = (home.load().unwrap(), home.load().unwrap());
    one.record_first_fingerprint(fingerprint("01")).unwrap();
    let error = other.record_first_fingerprint(fingerprint("02")).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the server's certificate SHA256:{} is not the one of the first connection, SHA256:{}",
            "02".repeat(32),
            "01".repeat(32)
        )
    );
    other.record_first_fingerprint(fingerprint("01")).unwrap();
    other.forget_fingerprint().unwrap();
    other.record_first_fingerprint(fingerprint("02")).unwrap();
    assert_eq!(home.load().unwrap().first_fingerprint(), Some(fingerprint("02")));
}

#[test]
fn a_damaged_file_is_no_empty_state() {
    let check = |content: &str, expected: &str| {
        let home = Home::with(content);
        let loaded = home.load().unwrap_err();
        let shown = home.file().display().to_string();
        assert_eq!(loaded.to_string().replace(&shown, "FILE"), expected);
        assert!(loaded.hint().is_some());
        // Nor is it written over by a run that has read it before.
        let mut state = State { path: home.file(), account: account(), learned: Learned::default() };
        assert!(state.record_login(SHA256).is_err());
        assert_eq!(fs::read_to_string(home.file()).unwrap(), content);
    };
    check("", "the state FILE is damaged: it has no version");
    check("version", "the state FILE is damaged: it is no TOML");
    check("version = 0", "the state FILE is damaged: it has no version");
    check("version = 2", "the state FILE is of version 2, which this program does not know");
    check("version = 1\nstrongest-mechanism = \"X\"", "the state FILE is damaged: its mechanism is unknown");
    check("version = 1\nstrongest-mechanism = 1", "the state FILE is damaged: a value is no string");
    check("version = 1\nfirst-fingerprint = \"ab\"", "the state FILE is damaged: its fingerprint is none");
    let home = Home::with("");
    fs::write(home.file(), b"version = 1 # \xff").unwrap();
    assert!(matches!(home.load(), Err(StateError::Damaged { why: "it is not UTF-8", .. })));
    fs::write(home.file(), vec![b'#'; LARGEST as usize + 1]).unwrap();
    assert!(matches!(home.load(), Err(StateError::Unreadable { .. })));
    assert_eq!(
        Home::with("").load().unwrap_err().hint().unwrap(),
        "removing it forgets the strongest login mechanism and the first certificate: \
         a weaker login, or another certificate, would not be noticed once"
    );
}

#[test]
fn what_a_later_version_wrote_stays() {
    let home = Home::with("version = 1\nlater = { a = 1 } # kept\nstrongest-mechanism = \"PLAIN\"\n");
    home.load().unwrap().record_login(SHA256).unwrap();
    assert_eq!(
        fs::read_to_string(home.file()).unwrap(),
        "version = 1\nlater = { a = 1 } # kept\nstrongest-mechanism = \"SCRAM-SHA-256\"\n"
    );
}

/// Runs at the same time neither tear the file nor lose what one of them has learned.
#[test]
fn several_runs_at_once() {
    let home = Home::new();
    std::thread::scope(|scope| {
        for mechanism in Mechanism::ALL {
            let mut state = home.load().unwrap();
            scope.spawn(move || state.record_login(mechanism).unwrap());
            let mut state = home.load().unwrap();
            scope.spawn(move || state.record_first_fingerprint(fingerprint("ab")).unwrap());
            scope.spawn(|| home.load().unwrap());
        }
    });
    let state = home.load().unwrap();
    let strongest = Mechanism::ALL.into_iter().max_by_key(|mechanism| mechanism.strength());
    assert_eq!(
        (state.strongest_mechanism(), state.first_fingerprint()),
        (strongest, Some(fingerprint("ab")))
    );
    let names = fs::read_dir(home.file().parent().unwrap()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".work.toml.lock", "work.toml"]);
}
