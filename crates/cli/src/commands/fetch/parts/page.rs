//! What is made for reading: to stdout, or into a file for each message.

use std::ffi::OsString;

use tayori_proto::types::Uid;

use super::Work;
use crate::cli::{Form, View};
use crate::download::Setback;
use crate::output::file::MailFile;
use crate::output::storage::Disk;
use crate::output::{OutputError, Overwrite, Piped, Target};

impl Work<'_> {
    /// Writes what is to be read of a message: to stdout, or into a file of its own. In a folder that is
    /// `<uid>.<ending>`, where the ending is `json`, or for people `txt` for a text, else the name of the option.
    pub(super) fn put(&mut self, uid: Uid, page: &[u8]) -> Result<(), Setback> {
        let written = self.write(uid, page);
        written.map_err(|error| self.setback(error, uid))?;
        self.tally.octets += page.len() as u64;
        Ok(())
    }

    fn write(&mut self, uid: Uid, page: &[u8]) -> Result<(), OutputError> {
        let Some(folder) = self.request.target.folder() else {
            let mut out = Piped::new(&mut *self.stdout);
            out.write(page)?;
            return out.finish();
        };
        let name = self.file_name(|| format!("{uid}.{}", self.ending()));
        let mut file = MailFile::create(Disk, folder)?;
        file.write(page)?;
        file.commit(&name, Overwrite::Refuse).map(drop)
    }

    /// The name of the file for a message: the one that was asked for, or the given one in a folder.
    pub(super) fn file_name(&self, in_folder: impl FnOnce() -> String) -> OsString {
        match self.request.target {
            Target::File(path) => path.file_name().unwrap_or_default().to_owned(),
            Target::Folder(_) | Target::Stdout => in_folder().into(),
        }
    }

    fn ending(&self) -> &'static str {
        match (self.request.form, self.request.view) {
            (Form::Json, _) => "json",
            (Form::Text, View::Size) => "size",
            (Form::Text, View::Envelope) => "envelope",
            (Form::Text, View::Structure) => "structure",
            (Form::Text, View::Headers) => "headers",
            (Form::Text, View::Text) => "txt",
            (Form::Text, View::Part { .. } | View::Attachments) => "part",
            (Form::Text, View::Whole) => "eml",
        }
    }
}
