use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// The environment variables that settings are read from, handed in so that tests have their own.
///
/// Values are looked up where they are needed and not copied before, since one of them may be a password. `Debug` shows
/// none of them.
#[derive(Clone)]
pub struct Environment(Kind);

#[derive(Clone)]
enum Kind {
    Process,
    Fixed(BTreeMap<OsString, OsString>),
}

impl Environment {
    /// The environment of this process.
    pub fn process() -> Self {
        Self(Kind::Process)
    }

    /// These variables and no others. The home folder is that of `HOME`.
    pub fn fixed<N: Into<OsString>, V: Into<OsString>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self(Kind::Fixed(variables.collect()))
    }

    /// The value of a variable; one that is set but empty has a value.
    ///
    /// A name that no variable can have (empty, or with `=` or NUL) has none.
    pub fn value(&self, name: &str) -> Option<OsString> {
        match &self.0 {
            Kind::Process => std::env::var_os(name),
            Kind::Fixed(variables) => variables.get(OsString::from(name).as_os_str()).cloned(),
        }
    }

    /// The value, where being empty means the same as not being set: for names of files and folders.
    pub(crate) fn non_empty(&self, name: &str) -> Option<OsString> {
        self.value(name).filter(|value| !value.is_empty())
    }

    /// The user's home folder.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        match &self.0 {
            Kind::Process => etcetera::home_dir().ok(),
            Kind::Fixed(_) => self.non_empty("HOME").map(PathBuf::from),
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Process => "Environment(process)",
            Kind::Fixed(_) => "Environment(fixed)",
        })
    }
}

/// The folders of this program: where its configuration is, and where it keeps what it has learned.
///
/// `$XDG_CONFIG_HOME/tayori` and `$XDG_STATE_HOME/tayori`, on every platform, where these variables are absolute paths
/// (the XDG base directory specification has others ignored); otherwise `~/.config/tayori` and `~/.local/state/tayori`,
/// on macOS `~/Library/Application Support/tayori` for both, on Windows the folders for roaming and for local data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// For the configuration.
    pub config: PathBuf,
    /// For what was learned.
    pub state: PathBuf,
}

impl Folders {
    /// Finds out where they are; does not look whether they exist.
    pub fn find(environment: &Environment) -> Result<Self, NoHome> {
        let given = |variable| {
            environment.non_empty(variable).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute())
        };
        let (config, state) = (given("XDG_CONFIG_HOME"), given("XDG_STATE_HOME"));
        let (config, state) = match (config, state) {
            (Some(config), Some(state)) => (config, state),
            (config, state) => {
                let home = environment.home().filter(|home| home.is_absolute()).ok_or(NoHome)?;
                let platform = of_platform(&home)?;
                (config.unwrap_or(platform.config), state.unwrap_or(platform.state))
            }
        };
        Ok(Self { config: config.join(NAME), state: state.join(NAME) })
    }
}

const NAME: &str = "tayori";

#[cfg(not(any(windows, target_os = "macos")))]
fn of_platform(home: &Path) -> Result<Folders, NoHome> {
    Ok(Folders { config: home.join(".config"), state: home.join(".local/state") })
}

#[cfg(target_os = "macos")]
fn of_platform(home: &Path) -> Result<Folders, NoHome> {
    // `Preferences` would be for what the system's own calls write.
    let support = home.join("Library/Application Support");
    Ok(Folders { config: support.clone(), state: support })
}

#[cfg(windows)]
fn of_platform(_home: &Path) -> Result<Folders, NoHome> {
    use etcetera::BaseStrategy as _;

    let windows = etcetera::base_strategy::Windows::new().map_err(|_| NoHome)?;
    Ok(Folders { config: windows.config_dir(), state: windows.cache_dir() })
}

/// There is no home folder, and so no place for a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no home folder: HOME is not set to an absolute path")]
pub struct NoHome;

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(any(windows, target_os = "macos")))]
    #[test]
    fn where_the_folders_are() {
        let check = |variables: &[(&str, &str)], expected: &str| {
            let found = Folders::find(&Environment::fixed(variables.iter().copied()));
            let found = found.map_or_else(
                |err| err.to_string(),
                |folders| format!("{} {}", folders.config.display(), folders.state.display()),
            );
            assert_eq!(found, expected);
        };
        check(&[("HOME", "/home/ann")], "/home/ann/.config/tayori /home/ann/.local/state/tayori");
        check(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/c")], "/c/tayori /h/.local/state/tayori");
        check(&[("XDG_STATE_HOME", "/s"), ("XDG_CONFIG_HOME", "/c")], "/c/tayori /s/tayori");
        // Relative ones are to be ignored, empty ones count as not set.
        check(
            &[("HOME", "/h"), ("XDG_CONFIG_HOME", "c"), ("XDG_STATE_HOME", "")],
            "/h/.config/tayori /h/.local/state/tayori",
        );
        check(&[], "there is no home folder: HOME is not set to an absolute path");
        check(&[("HOME", "h")], "there is no home folder: HOME is not set to an absolute path");
    }

    #[test]
    fn values_are_not_shown() {
        let environment = Environment::fixed([("TAYORI_PASSWORD", "hunter2")]);
        assert_eq!(format!("{environment:?}"), "Environment(fixed)");
        assert_eq!(environment.value("TAYORI_PASSWORD"), Some("hunter2".into()));
        assert_eq!(environment.value("TAYORI_PASS"), None);
        assert_eq!(Environment::process().value("a=b"), None);
    }
}
