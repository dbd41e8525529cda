//! What becomes of the texts of one message, once they are there and whole.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;

use tayori_mime::Encoded;
use tayori_proto::types::Uid;

use super::look::{Content, Plan, Saved};
use super::names::{attachment_name, extension, folder_of_message, numbered};
use super::show;
use super::taking::Taken;
use super::{AskedFor, Work};
use crate::cli::{Decode, Form, View};
use crate::download::{Setback, unwritten};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::file::{MailFile, Stored};
use crate::output::storage::Disk;
use crate::output::{OutputError, Overwrite, Piped, Target, check_name};

/// Names that attachments of these messages have got: for each how many files there are of it.
///
/// Looking at the disk alone would be quadratic in a message with thousands of attachments of one name.
#[derive(Default)]
pub(super) struct Names(HashMap<(Uid, String), u32>);

/// Files of one name that are stepped over.
const MOST_OF_A_NAME: u32 = 100_000;

impl Work<'_> {
    /// Shows or saves what came for the wishes of a message from the one with index `first` on. `None` stands for a
    /// part without an octet.
    pub(super) fn keep(
        &mut self,
        plan: &Plan,
        first: usize,
        taken: Vec<Option<Taken>>,
        names: &mut Names,
    ) -> Result<(), Setback> {
        match &plan.content {
            Content::Page(page) => self.put(plan.uid, page.as_bytes()),
            Content::Headers => self.keep_header(plan.uid, taken),
            Content::Text(readable) => {
                let texts = taken.into_iter().map(|taken| match taken {
                    Some(Taken::Text { text, is_cut, .. }) => (text, is_cut),
                    _ => (String::new(), false),
                });
                let page = show::text::page(self, plan.uid, readable, &texts.collect::<Vec<_>>());
                self.put(plan.uid, page.as_bytes())
            }
            Content::Parts(parts) => {
                for (part, taken) in parts[first..].iter().zip(taken) {
                    self.keep_part(plan.uid, part, taken, names)?;
                }
                Ok(())
            }
        }
    }

    fn keep_header(&mut self, uid: Uid, taken: Vec<Option<Taken>>) -> Result<(), Setback> {
        let header = match taken.into_iter().next().flatten() {
            Some(Taken::Octets { is_cut: true, .. }) => {
                let message = format!("UID {uid}: its header is longer than any that can be shown");
                let hint = "fetch the whole message";
                return Err(Setback::One(Failure::new(Exit::Failed, message).hint(hint)));
            }
            Some(Taken::Octets { octets, .. }) => octets,
            _ => Vec::new(),
        };
        let page = show::headers::page(self, uid, &header);
        self.put(uid, &page)
    }

    fn keep_part(
        &mut self,
        uid: Uid,
        part: &Saved,
        taken: Option<Taken>,
        names: &mut Names,
    ) -> Result<(), Setback> {
        let (file, encoded) = match taken {
            Some(Taken::File { file, encoded }) => (Some(file), encoded),
            Some(Taken::Stdout { octets, encoded }) => {
                self.tally.octets += octets;
                (None, encoded)
            }
            _ if self.request.target.folder().is_none() => {
                let written = Piped::new(&mut *self.stdout).finish();
                written.map_err(|error| self.setback(error, uid))?;
                (None, None)
            }
            _ => {
                let file = self.file_without_octets(uid).map_err(|error| self.setback(error, uid))?;
                (Some(Box::new(file)), None)
            }
        };
        if let Some(file) = file {
            let stored = match self.request.view {
                View::Attachments => {
                    let stored = self.name_attachment(uid, part, *file, names)?;
                    self.attachments += 1;
                    stored
                }
                view => {
                    let decode = matches!(view, View::Part { decode: Decode::Undone, .. });
                    let ending = if decode { extension(&part.media_type) } else { "part" };
                    let name = self.file_name(|| format!("{uid}.{}.{ending}", part.number));
                    file.commit(&name, Overwrite::Refuse).map_err(|error| self.setback(error, uid))?
                }
            };
            self.tally.octets += stored.octets;
            self.told(uid, part, &stored)?;
        }
        if encoded == Some(Encoded::Damaged) {
            let what = "is damaged where its encoding is undone; what could be read of it is there";
            self.note(&format!("UID {uid}: part {} {what}", part.number));
        }
        Ok(())
    }

    /// A file for a part without an octet; others got theirs when they came.
    fn file_without_octets(&self, uid: Uid) -> Result<MailFile, OutputError> {
        let folder = self.request.target.folder().unwrap_or(Path::new("."));
        if *self.request.view != View::Attachments || self.request.asked_for == AskedFor::One {
            return MailFile::create(Disk, folder);
        }
        let folder = folder_of_message(folder, uid);
        Target::Folder(folder.clone()).prepare(&Disk)?;
        MailFile::create(Disk, &folder)
    }

    /// Gives an attachment the first name that is free.
    fn name_attachment(
        &mut self,
        uid: Uid,
        part: &Saved,
        file: MailFile,
        names: &mut Names,
    ) -> Result<Stored, Setback> {
        let base = attachment_name(part);
        // Names that differ only in case are one file on some file systems.
        let count = names.0.entry((uid, base.to_lowercase())).or_insert(0);
        let name = loop {
            *count += 1;
            let name = if *count == 1 { base.clone() } else { numbered(&base, *count) };
            match check_name(&file.folder().join(&name), Overwrite::Refuse) {
                Ok(()) => break name,
                Err(OutputError::Exists { .. } | OutputError::NotAFile { .. }) if *count < MOST_OF_A_NAME => {
                }
                Err(error) => return Err(self.setback(error, uid)),
            }
        };
        // Should somebody have taken the name since it was looked at, this fails and leaves that file as it is.
        file.commit(OsStr::new(&name), Overwrite::Refuse).map_err(|error| match error {
            OutputError::Exists { .. } => {
                let hint = "run it again: what has the name now is stepped over then";
                Setback::One(unwritten(error, Some(uid)).hint(hint))
            }
            error => self.setback(error, uid),
        })
    }

    /// Tells a program which file was written.
    fn told(&mut self, uid: Uid, part: &Saved, stored: &Stored) -> Result<(), Setback> {
        if self.request.form == Form::Text {
            return Ok(());
        }
        let line = show::saved_line(self, uid, part, stored);
        let mut out = Piped::new(&mut *self.stdout);
        out.write(line.as_bytes()).and_then(|()| out.finish()).map_err(|error| self.setback(error, uid))
    }
}
