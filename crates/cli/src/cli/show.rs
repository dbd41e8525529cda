//! The options of `tayori show`. It is what `tayori fetch` does for people, said in fewer words.

use std::ffi::OsString;

use clap::{ArgGroup, Args};
use tayori_proto::types::PartPath;

use super::fetch::{Decode, Fetch, Marking, Task, View};
use super::mailboxes::Mailboxes;
use super::typed::{PartParser, PlaceParser};
use super::{access, form, messages};
use crate::place::Place;

const WHAT: &str = "What of them";

#[derive(Args)]
#[command(group = ArgGroup::new("shown").args(["raw", "headers", "structure", "part", "save_attachments"]))]
pub(super) struct Arguments {
    /// The mailbox: ACCOUNT:mailbox or imaps://user@host/mailbox; with ;UID=20 behind it one message
    #[arg(value_parser = PlaceParser)]
    place: Place,

    #[command(flatten)]
    messages: messages::Arguments,

    /// Their octets, exactly as the server has them
    #[arg(long, help_heading = WHAT)]
    raw: bool,

    /// Their headers
    #[arg(long, help_heading = WHAT)]
    headers: bool,

    /// Their parts, as a tree
    #[arg(long, help_heading = WHAT)]
    structure: bool,

    /// The content of one part, by its number in the structure, such as 1.2
    #[arg(long, value_name = "PART", value_parser = PartParser, help_heading = WHAT)]
    part: Option<PartPath>,

    /// Leave the base64 or quoted-printable of the part as it is
    #[arg(long, requires = "part", help_heading = WHAT)]
    encoded: bool,

    /// The decoded form of a part, as fetch wants to be asked for it. Here it is what is shown anyway.
    #[arg(long, hide = true, requires = "part", conflicts_with = "encoded")]
    decode: bool,

    /// Save their attachments into this folder; those of several messages into one for each
    #[arg(long, value_name = "DIR", help_heading = WHAT)]
    save_attachments: Option<OsString>,

    /// Mark the messages as read; without it, nothing changes on the server
    #[arg(long)]
    seen: bool,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

pub(super) const EXAMPLES: &str = "\
Without another option: the text, as a person reads it, and which attachments
there are.

Examples:
  tayori show imaps://ann@mail.example.org/ last 1
  tayori show imaps://ann@mail.example.org/ 20,30:40 | less
  tayori search imaps://ann@mail.example.org/ from:bob |
    tayori show imaps://ann@mail.example.org/ - --save-attachments bob/
  tayori show 'imaps://ann@mail.example.org/INBOX;UID=20' --raw > mail.eml
";

impl Arguments {
    pub(super) fn check(self) -> Result<Fetch, clap::Error> {
        let selection = self.messages.check("show", &self.place)?;
        let decode = if self.encoded { Decode::AsItIs } else { Decode::Undone };
        // clap lets at most one of these through.
        let part = self.part.map(|path| View::Part { path, decode });
        let asked = [
            (self.raw, View::Whole),
            (self.headers, View::Headers),
            (self.structure, View::Structure),
            (self.save_attachments.is_some(), View::Attachments),
        ];
        let view = part.or_else(|| asked.into_iter().find_map(|(asked, view)| asked.then_some(view)));
        Ok(Fetch {
            access: self.access.check("show", self.place)?,
            mailboxes: Mailboxes::OfThePlace,
            selection,
            task: Task::View(view.unwrap_or(View::Text)),
            output: self.save_attachments.unwrap_or_else(|| "-".into()),
            marking: if self.seen { Marking::Seen } else { Marking::Leave },
            form: self.form.into(),
        })
    }
}
