//! What becomes of the texts of one message, once they are there and whole.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;

use tayori_mime::Encoded;
use tayori_proto::types::Uid;

use super::look::{Content, Plan, Saved};
use super::names::{attachment_name, extension, numbered};
use super::show;
use super::taking::Taken;
use super::{Decode, Form, Stop, View, Work};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::file::{MailFile, Stored};
use crate::output::storage::Disk;
use crate::output::{OutputError, Overwrite, Piped, check_name};

/// Names that attachments of these messages have got: for each how many files there are of it.
///
/// Looking at the disk alone would be quadratic in a message with thousands of attachments of one name.
#[derive(Default)]
pub(super) struct Names(HashMap<(Uid, String), u32>);

/// Files of one name that are stepped over.
const MOST_OF_A_NAME: u32 = 100_000;

impl Work<'_> {
    /// Shows or saves what came for the wishes of a message from the one with index `first` on. `None` stands for a part
    /// without an octet.
    pub(super) fn keep(
        &mut self,
        plan: &Plan,
        first: usize,
        taken: Vec<Option<Taken>>,
        names: &mut Names,
    ) -> Result<(), Stop> {
        match &plan.content {
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

    fn keep_header(&mut self, uid: Uid, taken: Vec<Option<Taken>>) -> Result<(), Stop> {
        let header = match taken.into_iter().next().flatten() {
            Some(Taken::Octets { is_cut: true, .. }) => {
                let message = format!("UID {uid}: its header is longer than any that can be shown");
                let hint = "fetch the whole message";
                return Err(Stop::One(Failure::new(Exit::Failed, message).hint(hint)));
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
    ) -> Result<(), Stop> {
        let target = self.request.target;
        let refused = |error| Stop::from(error, Some(uid), target);
        let (file, encoded) = match taken {
            Some(Taken::File { file, encoded }) => (Some(file), encoded),
            Some(Taken::Stdout { octets, encoded }) => {
                self.tally.octets += octets;
                (None, encoded)
            }
            _ if target.folder().is_none() => {
                Piped::new(&mut *self.stdout).finish().map_err(refused)?;
                (None, None)
            }
            _ => {
                let folder = self.folder(uid).map_err(refused)?;
                (Some(Box::new(MailFile::create(Disk, &folder).map_err(refused)?)), None)
            }
        };
        if let Some(file) = file {
            let stored = match self.request.view {
                View::Attachments => self.name_attachment(uid, part, *file, names)?,
                view => {
                    let decode = matches!(view, View::Part { decode: Decode::Undone, .. });
                    let ending = if decode { extension(&part.media_type) } else { "part" };
                    let name = self.file_name(|| format!("{uid}.{}.{ending}", part.number));
                    file.commit(&name, self.request.overwrite).map_err(refused)?
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

    /// Where a file without an octet is made; others made it when they came.
    fn folder(&self, uid: Uid) -> Result<std::path::PathBuf, OutputError> {
        use crate::output::Target;

        let folder = self.request.target.folder().unwrap_or(Path::new("."));
        if *self.request.view != View::Attachments || self.asked_for == super::AskedFor::One {
            return Ok(folder.to_owned());
        }
        let folder = super::names::folder_of_message(folder, uid);
        Target::Folder(folder.clone()).prepare(&Disk)?;
        Ok(folder)
    }

    /// Gives an attachment the first name that is free.
    fn name_attachment(
        &mut self,
        uid: Uid,
        part: &Saved,
        file: MailFile,
        names: &mut Names,
    ) -> Result<Stored, Stop> {
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
                Err(error) => return Err(Stop::from(error, Some(uid), self.request.target)),
            }
        };
        // Should somebody have taken the name since it was looked at, this fails and leaves that file as it is.
        file.commit(OsStr::new(&name), Overwrite::Refuse).map_err(|error| match error {
            OutputError::Exists { .. } => Stop::One(Failure::from(error).while_doing(&format!("UID {uid}"))),
            error => Stop::from(error, Some(uid), self.request.target),
        })
    }

    /// Tells a program which file was written.
    fn told(&mut self, uid: Uid, part: &Saved, stored: &Stored) -> Result<(), Stop> {
        if self.request.form == Form::Text {
            return Ok(());
        }
        let line = show::saved_line(self, uid, part, stored);
        let mut out = Piped::new(&mut *self.stdout);
        out.write(line.as_bytes())
            .and_then(|()| out.finish())
            .map_err(|error| Stop::from(error, Some(uid), self.request.target))
    }
}
