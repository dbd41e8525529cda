//! `tayori shell`: IMAP by hand. What is typed goes out as it was typed, right or wrong, and what comes back is shown
//! whole.
//!
//! - this file: from the options to the exit code
//! - [`entry`]: what was typed, [`words`]: the words of the shell
//! - [`lexicon`]: what is known of commands and capabilities
//! - [`complete`]: what may follow in a line that is being typed
//! - [`advice`]: what a server will not like about it, as things are ([`standing`])
//! - [`outgoing`]: a command as octets, as it is shown, and as it is kept
//! - [`talk`]: the dialogue; it alone has the connection
//! - [`heard`]: responses out of frames, [`known`]: what they tell
//! - [`view`]: both sides as text, [`record`]: the dialogue for `.save`
//! - [`editor`]: lines that are typed at a terminal, [`history`]: those that were
//! - [`prompt`]: what stands in front of them
//! - [`lines`]: where lines come from, [`server`]: where the connection goes, [`worst`]: the exit code
//!
//! How it is built, and what is hard about it, is told in `docs/shell.md` of this crate.

mod advice;
mod complete;
mod editor;
mod entry;
mod heard;
mod history;
mod known;
mod lexicon;
mod lines;
mod outgoing;
mod prompt;
mod record;
mod server;
mod standing;
mod talk;
mod view;
mod words;
mod worst;

use std::io::{self, IsTerminal as _};
use std::time::Instant;

use tayori_account::config::TlsMode;

use crate::cli::{AtStart, Encryption, Shell, ShellServer};
use crate::commands::demo::host::Host;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::{Failure, note};
use crate::password::KeptTerminal;
use crate::signal;
use editor::{Colours, Editor};
use history::Kept;
use lines::{Given, Lines, Piped, Plain};
use server::Server;
use talk::{Manner, Talk};
use view::View;

/// Does it.
pub(crate) async fn run(options: Shell) -> Result<Exit, Failure> {
    let Shell { server, at_start, commands } = options;
    let (server, host) = match server {
        ShellServer::At(access) => (Server::new(&access, at_start)?, None),
        ShellServer::Demo => {
            let host = Host::start(None, Encryption::StartTls).await?;
            (of_demo(&host)?, Some(host))
        }
    };
    let typed = commands.is_empty() && io::stdin().is_terminal() && io::stdout().is_terminal();
    let manner = if typed { Manner::Interactive } else { Manner::Script };
    let mut view = View::stdout(Instant::now());
    let lines = match (manner, commands.is_empty()) {
        (Manner::Interactive, _) => at_terminal(&mut view),
        (Manner::Script, true) => Lines::new(Piped),
        (Manner::Script, false) => Lines::new(Given::new(commands)),
    };
    let talk = Talk::new(server, lines, view, manner);
    let exit = match manner {
        Manner::Interactive => {
            if let Some(host) = &host {
                introduce(host);
            }
            // The editor puts the terminal back only when a key is pressed.
            let _kept = KeptTerminal::keep();
            let told_to_end = signal::told_to_end()?;
            tokio::pin!(told_to_end);
            match signal::unless(&mut told_to_end, speak(talk, at_start)).await {
                Ok(exit) => exit,
                Err(signal) => Err(Failure::interrupted(signal, "")),
            }
        }
        Manner::Script => {
            let asked_to_end = signal::asked_to_end()?;
            tokio::pin!(asked_to_end);
            match signal::unless(&mut asked_to_end, speak(talk, at_start)).await {
                Ok(exit) => exit,
                Err(signal) => Err(Failure::interrupted(signal, "")),
            }
        }
    };
    if let Some(host) = host {
        host.stop().await;
    }
    exit
}

/// Lines that a person types, and what is shown to them.
fn at_terminal(view: &mut View) -> Lines {
    // What moves no cursor cannot be edited on.
    if std::env::var_os("TERM").is_none_or(|term| term == "dumb") {
        return Lines::new(Plain);
    }
    let kept = match history::path() {
        Some(path) => Kept::in_file(&path).unwrap_or_else(|error| {
            let (path, error) = (path.display().to_string(), error.to_string());
            note(&format!("the history is not kept: {}: {}", escape_str(&path), escape_str(&error)));
            Kept::in_memory()
        }),
        None => Kept::in_memory(),
    };
    let colours = match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => Colours::Unwanted,
        _ => Colours::Wanted,
    };
    let editor = Editor::new(kept, colours);
    view.show_through(editor.output());
    Lines::new(editor)
}

async fn speak(mut talk: Talk, at_start: AtStart) -> Result<Exit, Failure> {
    talk.connect().await?;
    if at_start == AtStart::LogIn {
        talk.log_in().await?;
    }
    Ok(talk.run().await)
}

/// The server of this process, without TLS: what is said never leaves it, and STARTTLS can be tried.
fn of_demo(host: &Host) -> Result<Server, Failure> {
    Server::demo(host.access.target(TlsMode::None), host.access.password.clone())
}

fn introduce(host: &Host) {
    use std::io::Write as _;

    let access = &host.access;
    let _ = writeln!(
        anstream::stdout(),
        "A server in this program, with sample mails; changes are lost at the end.\n\
         Log in with: LOGIN {} {}\n.help lists the words of the shell.",
        access.user,
        access.password
    );
}
