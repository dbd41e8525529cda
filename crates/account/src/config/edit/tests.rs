use std::fs;

use super::*;

const BEFORE: &str = "# mine\n\
                      default-account = \"home\"\n\
                      \n\
                      [defaults] # for all\n\
                      timeout = 90\n\
                      \n\
                      # The first.\n\
                      [accounts.home]\n\
                      address   =   'ann@example.org'   # as it was typed\n\
                      user = \"ann\"\n\
                      \n\
                      [accounts.home.special-use]\n\
                      sent = \"Gesendet\"\n\
                      \n\
                      # The second.\n\
                      [accounts.work]\n\
                      # Odd.\n\
                      tunnel = \"x\"\n\
                      # The end.\n";

fn name(name: &str) -> AccountName {
    AccountName::new(name).unwrap()
}

fn text(text: &str) -> EditValue {
    EditValue::Text(text.to_owned())
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(content: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.file(), content).unwrap();
        folder
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("config.toml")
    }

    fn open(&self) -> Edit {
        Edit::open(&self.file(), &Environment::fixed([("HOME", "/h")])).unwrap()
    }

    fn content(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[test]
fn what_is_not_meant_stays_as_it_was() {
    let folder = Folder::new(BEFORE);
    folder.open().save().unwrap();
    assert_eq!(folder.content(), BEFORE);

    let mut edit = folder.open();
    edit.set(&name("home"), "address", text("bob@example.org")).unwrap();
    edit.set(&name("home"), "port", EditValue::Number(1993)).unwrap();
    edit.set(&name("home"), "special-use.sent", text("Sent")).unwrap();
    edit.set(&name("home"), "oauth.provider", text("gmail")).unwrap();
    edit.set(&name("home"), "oauth.client-id", text("i")).unwrap();
    edit.unset(&name("home"), "user").unwrap();
    edit.unset(&name("home"), "user").unwrap();
    edit.unset(&name("work"), "oauth.provider").unwrap();
    edit.save().unwrap();
    let expected = BEFORE
        .replace("'ann@example.org'", "\"bob@example.org\"")
        .replace("user = \"ann\"\n", "port = 1993\noauth = { provider = \"gmail\", client-id = \"i\" }\n")
        .replace("Gesendet", "Sent");
    assert_eq!(folder.content(), expected);
}

#[test]
fn accounts_are_added_at_the_end_and_removed_with_what_is_theirs() {
    let folder = Folder::new(BEFORE);
    let mut edit = folder.open();
    let command = EditValue::List(["pass", "show", "it's \"x\""].map(str::to_owned).to_vec());
    edit.add_account(
        &name("new"),
        [
            ("address", text("eve@example.org")),
            ("password-command", command),
            ("trust-first-use", EditValue::Truth(true)),
            ("special-use.junk", text("Spam")),
        ],
    )
    .unwrap();
    edit.set_default_account(&name("new"));
    assert_eq!(
        edit.add_account(&name("work"), [("host", text("h"))]).unwrap_err().to_string(),
        "there is an account \"work\" already"
    );
    let config = edit.save().unwrap();
    assert_eq!(config.accounts().map(AccountName::as_str).collect::<Vec<_>>(), ["home", "work", "new"]);
    let added = "\n[accounts.new]\naddress = \"eve@example.org\"\n\
                 password-command = [\"pass\", \"show\", \"\"\"it's \"x\"\"\"\"]\n\
                 trust-first-use = true\n\
                 special-use = { junk = \"Spam\" }\n";
    let before = BEFORE.replace("\"home\"\n", "\"new\"\n");
    assert_eq!(folder.content(), format!("{before}{added}"));

    let mut edit = folder.open();
    edit.remove_account(&name("new")).unwrap();
    edit.remove_account(&name("home")).unwrap();
    assert_eq!(edit.remove_account(&name("home")).unwrap_err().to_string(), "there is no account \"home\"");
    edit.save().unwrap();
    assert_eq!(
        folder.content(),
        "\n[defaults] # for all\ntimeout = 90\n\n# The second.\n[accounts.work]\n# Odd.\ntunnel = \"x\"\n# The end.\n"
    );
}

#[track_caller]
fn check_added(before: &str, after: &str) {
    let folder = Folder::new(before);
    let mut edit = folder.open();
    edit.add_account(&name("new"), [("tunnel", text("y"))]).unwrap();
    edit.save().unwrap();
    assert_eq!(folder.content(), after);
    // Who takes it away again has what was there.
    let mut edit = folder.open();
    edit.remove_account(&name("new")).unwrap();
    edit.save().unwrap();
    assert_eq!(folder.content(), before);
}

#[track_caller]
fn check_removed(before: &str, after: &str) {
    let folder = Folder::new(before);
    let mut edit = folder.open();
    edit.remove_account(&name("a")).unwrap();
    edit.save().unwrap();
    assert_eq!(folder.content(), after);
}

#[test]
fn comments_stay_with_what_they_are_about() {
    const NEW: &str = "[accounts.new]\ntunnel = \"y\"\n";
    check_added("", NEW);
    check_added("# nothing yet\n", &format!("# nothing yet\n\n{NEW}"));
    check_added("# a title\n\n# timeout = 5\n", &format!("# a title\n\n# timeout = 5\n\n{NEW}"));
    check_added("[defaults]\ntimeout = 5\n", &format!("[defaults]\ntimeout = 5\n\n{NEW}"));
    let work = "[accounts.work]\ntunnel = \"x\"\n# user = \"u\"\n";
    check_added(work, &format!("{work}\n{NEW}"));

    let a = "[accounts.a]\ntunnel = \"x\"\n";
    check_removed(&format!("# a title\n\n# a's\n{a}"), "# a title\n");
    check_removed(&format!("# a's\n{a}# the end\n"), "# the end\n");
    check_removed(&format!("# a title\n\n# a's\n{a}\n# the end\n"), "# a title\n\n# the end\n");
    check_removed(
        &format!(
            "# a title\n\ndefault-account = \"a\"\n\n# no account\n\n{a}\n# d's\n[defaults]\ntimeout = 5\n"
        ),
        "# a title\n\n# no account\n\n# d's\n[defaults]\ntimeout = 5\n",
    );
    check_removed(
        &format!(
            "[defaults]\ntimeout = 5\n# user = 1\n\n{a}\n# a's\n[accounts.a.special-use]\nsent = \"S\"\n# b?\n\n[accounts.b]\ntunnel = \"x\"\n"
        ),
        "[defaults]\ntimeout = 5\n# user = 1\n\n# b?\n\n[accounts.b]\ntunnel = \"x\"\n",
    );
    // What stands between its tables is its own, and what stands above one that lies apart is not.
    let b = "[accounts.b]\ntunnel = \"x\"\n# user = \"b's\"\n";
    let special_use = "[accounts.a.special-use]\nsent = \"S\"\n";
    check_removed(
        &format!("# a title\n\n{a}# user = \"a's\"\n\n{special_use}\n{b}"),
        &format!("# a title\n\n{b}"),
    );
    check_removed(&format!("# a title\n\n{a}\n{b}\n{special_use}"), &format!("# a title\n\n{b}"));
}

#[test]
fn the_first_account_makes_file_and_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/config.toml");
    let mut edit = Edit::open(&path, &Environment::fixed([("HOME", "/h")])).unwrap();
    edit.add_account(&name("work"), [("tunnel", text("x"))]).unwrap();
    edit.save().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "[accounts.work]\ntunnel = \"x\"\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }
}

/// Accounts need not be written as tables of their own.
#[test]
fn other_ways_to_write_accounts() {
    let folder = Folder::new("accounts = { a = { tunnel = \"x\" } }\n");
    let mut edit = folder.open();
    edit.add_account(&name("b"), [("tunnel", text("y")), ("timeout", EditValue::Number(5))]).unwrap();
    edit.set(&name("a"), "tunnel", text("z")).unwrap();
    let config = edit.save().unwrap();
    assert_eq!(config.accounts().len(), 2);
    let folder = Folder::new("accounts.a.tunnel = \"x\"\n");
    let mut edit = folder.open();
    edit.add_account(&name("b"), [("tunnel", text("y"))]).unwrap();
    assert_eq!(edit.save().unwrap().accounts().len(), 2);
}

#[test]
fn what_would_have_errors_is_not_written() {
    let folder = Folder::new(BEFORE);
    let mut edit = folder.open();
    edit.set(&name("home"), "prot", EditValue::Number(1)).unwrap();
    let error = edit.save().unwrap_err();
    assert!(matches!(error, EditError::Config(ConfigError::Invalid { .. })), "{error:?}");
    assert_eq!(folder.content(), BEFORE);
    let error = folder.open().set(&name("home"), "address.x", text("y")).unwrap_err();
    assert_eq!(error.to_string(), "address is no table");

    // Nor is one changed that has errors already.
    fs::write(folder.file(), "[accounts.a]\nhots = 1\n").unwrap();
    assert!(Edit::open(&folder.file(), &Environment::fixed([("HOME", "/h")])).is_err());
}

#[test]
fn what_somebody_else_changed_is_left_alone() {
    let changed = |edit: Edit, folder: &Folder| {
        let error = edit.save().unwrap_err().to_string();
        assert_eq!(
            error,
            format!("{} was changed by another program in the meantime", folder.file().display())
        );
    };
    let folder = Folder::new(BEFORE);
    let edit = folder.open();
    fs::write(folder.file(), "# theirs\n").unwrap();
    changed(edit, &folder);
    assert_eq!(folder.content(), "# theirs\n");

    let edit = folder.open();
    fs::remove_file(folder.file()).unwrap();
    changed(edit, &folder);
    assert!(!folder.file().exists());

    let edit = folder.open();
    fs::write(folder.file(), "").unwrap();
    changed(edit, &folder);
    assert_eq!(folder.names(), [".config.toml.lock", "config.toml"]);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let kept = Folder::new(BEFORE);
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("config.toml");
    std::os::unix::fs::symlink("second", &first).unwrap();
    std::os::unix::fs::symlink(kept.file(), folder.path().join("second")).unwrap();
    let mut edit = Edit::open(&first, &Environment::fixed([("HOME", "/h")])).unwrap();
    edit.set(&name("work"), "timeout", EditValue::Number(5)).unwrap();
    edit.save().unwrap();
    assert!(fs::symlink_metadata(&first).unwrap().is_symlink());
    assert_eq!(kept.content(), BEFORE.replace("\"x\"\n", "\"x\"\ntimeout = 5\n"));
}

/// A folder that cannot be written to leaves everything as it was. For root, permissions are no hindrance; a file that
/// stands where the folder has to be is one for everybody.
#[cfg(unix)]
#[test]
fn a_file_system_that_refuses() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new(BEFORE);
    let error = {
        let path = folder.file().join("below/config.toml");
        Edit::open(&path, &Environment::fixed([("HOME", "/h")])).unwrap_err().to_string()
    };
    assert!(error.ends_with("could not be read"), "{error}");

    let edit = folder.open();
    fs::set_permissions(folder.0.path(), fs::Permissions::from_mode(0o500)).unwrap();
    let saved = edit.save();
    let is_refused = fs::write(folder.0.path().join("probe"), "").is_err();
    fs::set_permissions(folder.0.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(saved.is_err(), is_refused);
    assert_eq!(folder.content(), BEFORE);

    // The lock's name is taken by a folder.
    let folder = Folder::new(BEFORE);
    fs::create_dir(folder.0.path().join(".config.toml.lock")).unwrap();
    let error = folder.open().save().unwrap_err().to_string();
    assert_eq!(error, format!("cannot lock {}", folder.0.path().join(".config.toml.lock").display()));
    assert_eq!(folder.content(), BEFORE);
}

/// One of them wins, and the others hear of it; nobody finds half a file.
#[test]
fn several_at_once() {
    let folder = Folder::new(BEFORE);
    let edits: Vec<Edit> = (0..8).map(|_| folder.open()).collect();
    let saved = std::thread::scope(|scope| {
        let threads: Vec<_> = edits
            .into_iter()
            .enumerate()
            .map(|(number, mut edit)| {
                scope.spawn(move || {
                    edit.add_account(&name(&format!("n{number}")), [("tunnel", text("x"))]).unwrap();
                    edit.save().is_ok()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|saved| *saved).count()
    });
    assert_eq!(saved, 1);
    assert_eq!(
        Config::read(&folder.file(), &Environment::fixed([("HOME", "/h")])).unwrap().accounts().len(),
        3
    );
}

#[test]
fn a_whole_text_takes_the_place_of_the_file() {
    let folder = Folder::new("hots = 1\n");
    let environment = Environment::fixed([("HOME", "/h")]);
    let draft = Draft::open(&folder.file(), &environment).unwrap();
    assert_eq!(draft.text(), "hots = 1\n");
    assert!(matches!(draft.save("hots = 2\n"), Err(EditError::Config(ConfigError::Invalid { .. }))));
    assert_eq!(folder.content(), "hots = 1\n");
    // It can be tried again.
    assert_eq!(draft.save(BEFORE).unwrap().accounts().len(), 2);
    assert_eq!(folder.content(), BEFORE);
    assert!(matches!(draft.save(""), Err(EditError::Replace(ReplaceError::Changed { .. }))));
    let large = "#".repeat(LARGEST as usize + 1);
    assert!(matches!(draft.save(&large), Err(EditError::Config(ConfigError::TooLarge { .. }))));
    fs::write(folder.file(), b"\xff").unwrap();
    let unreadable = Draft::open(&folder.file(), &environment);
    assert!(matches!(unreadable, Err(EditError::Config(ConfigError::Unreadable { .. }))));
}
