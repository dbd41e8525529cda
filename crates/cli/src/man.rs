//! `tayori man`: pages of the manual, from the definitions that the command line is read by.

use std::fs;
use std::path::Path;

use clap_mangen::Man as Page;

use crate::cli::{self, Man};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::OutputError;
use crate::stdout;

pub(crate) fn run(options: &Man) -> Result<Exit, Failure> {
    match options {
        Man::Page(words) => print_page(words)?,
        Man::All(folder) => write_all(folder)?,
    }
    Ok(Exit::Done)
}

fn print_page(words: &[String]) -> Result<(), Failure> {
    let program = cli::definitions();
    let mut command = &program;
    for word in words {
        command = command.find_subcommand(word).ok_or_else(|| {
            let message = format!("there is no command {}", escape_str(&words.join(" ")));
            Failure::new(Exit::Usage, message).hint("tayori --help lists them")
        })?;
    }
    let mut page = Vec::new();
    render(command, &mut page).map_err(OutputError::Stdout)?;
    stdout::octets(&page)?;
    Ok(())
}

fn render(command: &clap::Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    Page::new(command.clone()).render(page)
}

fn write_all(folder: &Path) -> Result<(), Failure> {
    let shown = escape_str(&folder.to_string_lossy()).into_owned();
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Disk, format!("cannot write the manual into {shown}: {error}"))
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let mut commands = vec![cli::definitions()];
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands().filter(|it| !it.is_hide_set()).cloned());
        let mut page = Vec::new();
        render(&command, &mut page).map_err(failed)?;
        let name = command.get_display_name().unwrap_or(command.get_name());
        fs::write(folder.join(format!("{name}.1")), page).map_err(failed)?;
    }
    Ok(())
}
