//! The options of `tayori shell`.

use clap::Args;
use clap::error::ErrorKind;

use super::access::{self, Access, Certificates};
use super::typed::ServerParser;
use crate::place::Place;

/// `tayori shell`: what is typed goes to the server, and what comes back is shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shell {
    pub(crate) server: ShellServer,
    pub(crate) at_start: AtStart,
    /// `--command`, each with one entry or several lines; without any, they are typed or come from a pipe.
    pub(crate) commands: Vec<String>,
}

/// Which server it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ShellServer {
    /// That of a place.
    At(Box<Access>),
    /// `--demo`: one in this process, with sample mails.
    Demo,
}

/// What is done before anything that is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtStart {
    /// The connection is made, and nothing else.
    Greet,
    /// `--login`
    LogIn,
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The server: ACCOUNT, imaps://host/, or imaps://user@host/ for --login
    #[arg(value_parser = ServerParser, conflicts_with = "demo")]
    place: Option<Place>,

    /// Talk to a server in this program, which has sample mails
    #[arg(long)]
    demo: bool,

    /// Log in first, with the password as for every other command
    #[arg(long)]
    login: bool,

    /// Send this, or do it if it begins with a dot, and end; can be repeated
    #[arg(short, long = "command", value_name = "TEXT")]
    commands: Vec<String>,

    #[command(flatten)]
    access: access::Arguments,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  tayori shell --demo
  tayori shell imaps://mail.example.org/
  tayori shell imaps://ann@mail.example.org/ --login -c 'STATUS INBOX (UNSEEN)'
  tayori shell imap://mail.example.org/ < commands.txt

What begins with a dot is done by the shell: .help lists these words. Without
a terminal the exit code is that of the worst answer.
";

impl Arguments {
    pub(super) fn check(self) -> Result<Shell, clap::Error> {
        let refuse = |message: &str, hint: &str| {
            Err(super::refuse("shell", ErrorKind::ArgumentConflict, message, hint))
        };
        let server = match self.place {
            None if self.demo => ShellServer::Demo,
            place => {
                let place = place.unwrap_or_else(Place::usual);
                let access = self.access.check("shell", place)?;
                ShellServer::At(Box::new(Access { certificates: Certificates::OfAnyTime, ..access }))
            }
        };
        if let ShellServer::At(access) = &server
            && (access.trace.stderr || access.trace.file.is_some())
        {
            return refuse(
                "the shell shows the dialogue, so there is nothing that --trace could add",
                "leave it out; .save FILE writes the dialogue to a file",
            );
        }
        let at_start = if self.login { AtStart::LogIn } else { AtStart::Greet };
        Ok(Shell { server, at_start, commands: self.commands })
    }
}
