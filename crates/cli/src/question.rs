//! Questions to a person.
//!
//! [`Person`] is whoever answers: in the program somebody at the [`Terminal`], in tests a script.

#[cfg(unix)]
use std::fs::File;
use std::future::Future;
use std::io::{self, BufRead as _, BufReader, Write as _};

use tayori_account::config::SecretSource;
use tayori_proto::types::Secret;

use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::password;

/// Somebody who can be asked. A question is text of ours with what comes from elsewhere escaped in it.
pub(crate) trait Person: Send {
    /// A line, without blanks around it. It may be empty.
    fn line(&mut self, question: &str) -> impl Future<Output = Result<String, Failure>> + Send;

    /// A secret, which is not shown while it is typed.
    fn secret(&mut self, question: &str) -> impl Future<Output = Result<Secret, Failure>> + Send;
}

/// What an empty answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usually {
    Yes,
    No,
}

/// Asks until the answer is yes or no.
pub(crate) async fn agrees(
    person: &mut impl Person,
    question: &str,
    usually: Usually,
) -> Result<bool, Failure> {
    let choices = match usually {
        Usually::Yes => "[Y/n]",
        Usually::No => "[y/N]",
    };
    let mut hint = "";
    loop {
        let answer = person.line(&format!("{hint}{question} {choices} ")).await?;
        match answer.to_lowercase().as_str() {
            "" => return Ok(usually == Usually::Yes),
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => hint = "y or n. ",
        }
    }
}

/// Asks for one of several, by number, until one is named. Gives its index; an empty answer is the first.
pub(crate) async fn choice(
    person: &mut impl Person,
    question: &str,
    choices: &[String],
) -> Result<usize, Failure> {
    let mut text = format!("{question}\n");
    for (index, choice) in choices.iter().enumerate() {
        text += &format!("  {}  {choice}\n", index + 1);
    }
    text += "Number [1]: ";
    loop {
        let answer = person.line(&text).await?;
        if answer.is_empty() {
            return Ok(0);
        }
        match answer.parse::<usize>() {
            Ok(number @ 1..) if number <= choices.len() => return Ok(number - 1),
            _ => text = format!("A number from 1 to {}: ", choices.len()),
        }
    }
}

/// The terminal that controls this process; stdin and stdout may well be something else.
pub(crate) struct Terminal {
    #[cfg(unix)]
    terminal: File,
}

impl Terminal {
    /// `None` where there is nobody to ask.
    #[cfg(unix)]
    pub(crate) fn find() -> Option<Self> {
        let terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
        Some(Self { terminal })
    }

    #[cfg(not(unix))]
    pub(crate) fn find() -> Option<Self> {
        io::IsTerminal::is_terminal(&io::stdin()).then_some(Self {})
    }

    /// Shows the question and gives what the answer is read from. The terminal hands out a line at a time, so nothing
    /// of the next answer is taken by the reader of this one.
    #[cfg(unix)]
    fn put(&mut self, question: &str) -> io::Result<impl io::BufRead + Send + 'static> {
        self.terminal.write_all(question.as_bytes())?;
        Ok(BufReader::new(self.terminal.try_clone()?))
    }

    #[cfg(not(unix))]
    fn put(&mut self, question: &str) -> io::Result<impl io::BufRead + Send + 'static> {
        io::stderr().write_all(question.as_bytes())?;
        Ok(BufReader::new(io::stdin()))
    }
}

/// Somebody who pastes a file by mistake fills no memory.
const MOST_TYPED: u64 = 64 * 1024;

impl Person for Terminal {
    async fn line(&mut self, question: &str) -> Result<String, Failure> {
        let failed = |error: io::Error| {
            let message = format!("nobody can be asked: {}", escape_str(&error.to_string()));
            Failure::new(Exit::Failed, message)
        };
        let reader = self.put(question).map_err(failed)?;
        // On a thread that the end of the program does not wait for. Ctrl-C is heard meanwhile, and drops this future.
        let read = tokio::task::spawn_blocking(move || {
            let mut line = Vec::new();
            io::Read::take(reader, MOST_TYPED).read_until(b'\n', &mut line).map(|_| line)
        });
        let line = read.await.map_err(|error| failed(io::Error::other(error)))?.map_err(failed)?;
        if line.is_empty() {
            // Ctrl-D
            return Err(Failure::new(Exit::Interrupted, "nobody answered"));
        }
        let line = String::from_utf8(line);
        let line = line.map_err(|_| Failure::new(Exit::Usage, "what was typed is not UTF-8"))?;
        Ok(line.trim().to_owned())
    }

    async fn secret(&mut self, question: &str) -> Result<Secret, Failure> {
        Ok(password::password(&SecretSource::Prompt, "", question.to_owned()).await?)
    }
}

/// Somebody who answers from a list.
#[cfg(test)]
pub(crate) mod script {
    use super::*;

    /// The answers that are left, and all that was asked.
    pub(crate) struct Script {
        answers: std::collections::VecDeque<&'static str>,
        pub(crate) asked: String,
    }

    impl Script {
        pub(crate) fn new(answers: &[&'static str]) -> Self {
            Self { answers: answers.iter().copied().collect(), asked: String::new() }
        }

        fn answer(&mut self, question: &str) -> &'static str {
            let answer = self.answers.pop_front();
            let answer =
                answer.unwrap_or_else(|| panic!("nobody answers {question:?} after {:?}", self.asked));
            self.asked += &format!("{question}<{answer}>\n");
            answer
        }
    }

    impl Person for Script {
        async fn line(&mut self, question: &str) -> Result<String, Failure> {
            Ok(self.answer(question).to_owned())
        }

        async fn secret(&mut self, question: &str) -> Result<Secret, Failure> {
            Ok(Secret::new(self.answer(question)).unwrap())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::script::Script;
    use super::*;

    #[tokio::test]
    async fn yes_and_no() {
        let mut person = Script::new(&["", "", "YES", "n", "perhaps", "y"]);
        let mut heard = Vec::new();
        for usually in [Usually::Yes, Usually::No, Usually::No, Usually::Yes, Usually::No] {
            heard.push(agrees(&mut person, "go on?", usually).await.unwrap());
        }
        assert_eq!(heard, [true, false, true, false, true]);
        assert_eq!(
            person.asked,
            "go on? [Y/n] <>\ngo on? [y/N] <>\ngo on? [y/N] <YES>\ngo on? [Y/n] <n>\n\
             go on? [y/N] <perhaps>\ny or n. go on? [y/N] <y>\n"
        );
    }

    #[tokio::test]
    async fn one_of_several() {
        let choices = ["a".to_owned(), "b".to_owned()];
        let mut person = Script::new(&["", "0", "3", "b", "2"]);
        assert_eq!(choice(&mut person, "Which?", &choices).await.unwrap(), 0);
        assert_eq!(choice(&mut person, "Which?", &choices).await.unwrap(), 1);
        assert_eq!(
            person.asked,
            "Which?\n  1  a\n  2  b\nNumber [1]: <>\nWhich?\n  1  a\n  2  b\nNumber [1]: <0>\n\
             A number from 1 to 2: <3>\nA number from 1 to 2: <b>\nA number from 1 to 2: <2>\n"
        );
    }
}
