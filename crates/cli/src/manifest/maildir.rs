//! Where a Maildir file is that another program has renamed: flags behind `:2,` change, and `new` becomes `cur`, but
//! the base name in front of the colon stays.

use std::fs;
use std::io;
use std::path::Path;

use crate::output::aside::is_aside;

/// The folders in which messages lie, in the order in which a message goes through them.
pub(super) const FOLDERS: [&str; 2] = ["new", "cur"];

/// A recorded name, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// With `/` at the end; empty if the Maildir is the folder of the manifest itself.
    pub(super) maildir: &'a str,
    base: &'a str,
}

impl<'a> Place<'a> {
    /// None if the file lies in no Maildir.
    pub(super) fn parse(file: &'a str) -> Option<Self> {
        let (folder, name) = file.rsplit_once('/')?;
        let start = folder.rfind('/').map_or(0, |slash| slash + 1);
        FOLDERS.contains(&&folder[start..]).then(|| Place { maildir: &file[..start], base: base(name) })
    }
}

/// The names of all messages of one Maildir.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Sorted by base name. As long as the Maildir has names; nothing else grows.
    names: Vec<(Box<str>, &'static str)>,
}

impl Index {
    /// Adds the names in one of the [`FOLDERS`], which lies at `path`. A folder that is missing holds none.
    ///
    /// A message that moves on while the folders are listed in their order is seen at least once; the other way
    /// round it could be missed.
    pub(super) fn list(&mut self, folder: &'static str, path: &Path) -> io::Result<()> {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            // A name that is not UTF-8 is none that a manifest can hold. What was set aside is another message.
            if let Ok(name) = entry?.file_name().into_string()
                && !is_aside(&name)
            {
                self.names.push((name.into(), folder));
            }
        }
        self.names.sort_unstable_by(|(one, _), (other, _)| base(one).cmp(base(other)));
        Ok(())
    }

    /// The names that the message may have now, relative to the folder of the manifest. Usually one; more while
    /// another program renames it by a link.
    pub(super) fn candidates(&self, place: &Place<'_>) -> Vec<String> {
        let start = self.names.partition_point(|(name, _)| base(name) < place.base);
        self.names[start..]
            .iter()
            .take_while(|(name, _)| base(name) == place.base)
            .map(|(name, folder)| format!("{}{folder}/{name}", place.maildir))
            .collect()
    }
}

fn base(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_files_lie_in_a_maildir() {
        let check = |file: &str, expected: Option<(&str, &str)>| {
            let expected = expected.map(|(maildir, base)| Place { maildir, base });
            assert_eq!(Place::parse(file), expected, "{file}");
        };
        check("cur/1.a.host:2,S", Some(("", "1.a.host")));
        check("new/1.a.host", Some(("", "1.a.host")));
        check("in/box/cur/1", Some(("in/box/", "1")));
        check("cur/cur/1:2,:", Some(("cur/", "1")));
        check("tmp/1", None);
        check("acur/1", None);
        check("cur/x/1", None);
        check("cur", None);
        check("1", None);
    }

    #[test]
    fn candidates_have_the_same_base_name() {
        let temp = tempfile::tempdir().unwrap();
        for name in ["cur/1:2,S", "cur/1:2,S.aside-1", "cur/10:2,", "new/1", "new/2", "cur/.:2,", "tmp/3"] {
            let path = temp.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let mut index = Index::default();
        for folder in FOLDERS {
            index.list(folder, &temp.path().join(folder)).unwrap();
        }
        index.list("cur", &temp.path().join("gone")).unwrap();
        let check = |file: &str, expected: &[&str]| {
            let mut found = index.candidates(&Place::parse(file).unwrap());
            found.sort();
            assert_eq!(found, expected, "{file}");
        };
        check("m/new/1", &["m/cur/1:2,S", "m/new/1"]);
        check("new/10:2,FS", &["cur/10:2,"]);
        check("cur/2:2,S", &["new/2"]);
        check("cur/3:2,S", &[]);
        check("cur/100", &[]);
        check("cur/0", &[]);
    }
}
