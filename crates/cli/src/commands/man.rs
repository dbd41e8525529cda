//! `tayori man`: pages of the manual, from the definitions that the command line is read by.

use std::path::Path;
use std::{fs, io};

use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, roman};

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

fn render(command: &clap::Command, out: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    // Else the page has the last word of the command in its foot, and no version.
    let program = concat!("tayori ", env!("CARGO_PKG_VERSION"));
    let page = Page::new(command.clone()).title(name.to_uppercase()).source(program).manual("Tayori Manual");
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    if command.has_subcommands() {
        page.render_subcommands_section(out)?;
    }
    notes(command).to_writer(out)
}

/// What stands at the end of the help: tables and examples, whose lines must not be filled. They are up to 80 columns
/// wide, so nothing stands in front of them.
fn notes(command: &clap::Command) -> Roff {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let mut notes = Roff::new();
    notes.control("SH", ["NOTES"]).control("in", ["0"]).control("nf", []);
    text.lines().for_each(|line| {
        notes.text([roman(line)]);
    });
    notes.control("fi", []);
    notes
}

fn write_all(folder: &Path) -> Result<(), Failure> {
    let shown = escape_str(&folder.to_string_lossy()).into_owned();
    let failed =
        |error: io::Error| Failure::new(Exit::Disk, format!("cannot write the manual into {shown}: {error}"));
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
