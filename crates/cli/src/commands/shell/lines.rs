//! Where what is typed comes from: a terminal, a pipe, or the command line.
//!
//! Whoever reads lines blocks, on a person perhaps, so it does so on a thread of its own, one line each time it is
//! asked: what is behind that line in a pipe is left there.

use std::collections::VecDeque;
use std::io::{self, BufRead, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc as blocking;
use std::thread;

use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::known::Known;

/// Octets of one line that are read; more is no line that anybody types.
const MOST_LINE: u64 = 16 << 20;

/// What came of a question.
#[derive(Debug)]
pub(crate) enum Line {
    /// Without its end.
    Typed(Zeroizing<Vec<u8>>),
    /// Ctrl-C: what was typed does not count.
    Interrupted,
    /// The question was taken back before it had an answer.
    Withdrawn,
    /// The key that shows the literals of the last command; what was typed so far is still there.
    Open,
    /// There is no more.
    End,
    Failed(io::Error),
}

/// What is shown to whoever types, and what is known by then.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) prompt: String,
    pub(crate) echo: Echo,
    /// For completion.
    pub(crate) known: Arc<Known>,
}

/// Whether what is typed may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    On,
    /// It is a secret: it is not shown, and never kept.
    Off,
}

/// Reads lines, and blocks while it does.
pub(crate) trait LineReader: Send {
    /// Reads one line.
    fn read(&mut self, question: &Question) -> Line;

    /// An entry without any secret in it, for a history.
    fn remember(&mut self, _entry: &str) {}

    /// What takes a question back while it is being asked, where that can be done: [`Line::Withdrawn`] is its answer
    /// then.
    fn withdrawal(&self) -> Option<Arc<AtomicBool>> {
        None
    }
}

/// A reader on its thread.
pub(crate) struct Lines {
    requests: blocking::Sender<Request>,
    lines: mpsc::UnboundedReceiver<Line>,
    withdrawal: Option<Arc<AtomicBool>>,
    /// The question that has no answer yet.
    wanted: Option<Question>,
    /// How the reader was asked that has not answered: another question may be wanted since.
    asked: Option<Echo>,
}

enum Request {
    Read(Question),
    Remember(String),
}

impl Lines {
    pub(crate) fn new(mut reader: impl LineReader + 'static) -> Self {
        let (requests, wanted) = blocking::channel();
        // As many lines as were asked for, and that is one.
        let (typed, lines) = mpsc::unbounded_channel();
        let withdrawal = reader.withdrawal();
        thread::spawn(move || {
            while let Ok(request) = wanted.recv() {
                match request {
                    Request::Remember(entry) => reader.remember(&entry),
                    Request::Read(question) => {
                        if typed.send(reader.read(&question)).is_err() {
                            return;
                        }
                    }
                }
            }
        });
        Self { requests, lines, withdrawal, wanted: None, asked: None }
    }

    /// Asks for a line. Where another question has no answer yet, this one takes its place; and where that cannot be
    /// taken back any more, its answer is the answer to this one, unless it was to be a secret.
    pub(crate) fn ask(&mut self, question: Question) {
        let wanted = self.wanted.insert(question);
        match (self.asked, &self.withdrawal) {
            (None, _) => {
                self.asked = Some(wanted.echo);
                // If the thread is gone, that is what is heard next.
                let _ = self.requests.send(Request::Read(wanted.clone()));
            }
            (Some(_), Some(withdrawal)) => withdrawal.store(true, Ordering::Relaxed),
            (Some(_), None) => {}
        }
    }

    /// The line that was asked for. Can be dropped without losing it.
    pub(crate) async fn next(&mut self) -> Line {
        loop {
            let line = self.lines.recv().await.unwrap_or(Line::End);
            let asked = self.asked.take();
            let is_for_another = match (&line, &self.wanted) {
                // The question has no answer yet.
                (Line::Open, _) => return line,
                (Line::Withdrawn, _) => true,
                (Line::Typed(_), Some(wanted)) => asked == Some(Echo::Off) && wanted.echo == Echo::On,
                _ => false,
            };
            match self.wanted.take() {
                Some(wanted) if is_for_another => self.ask(wanted),
                _ => return line,
            }
        }
    }

    /// See [`LineReader::remember`].
    pub(crate) fn remember(&mut self, entry: &str) {
        let _ = self.requests.send(Request::Remember(entry.to_owned()));
    }
}

/// The texts of `--command`, one after the other.
pub(crate) struct Given(VecDeque<String>);

impl Given {
    pub(crate) fn new(texts: Vec<String>) -> Self {
        // A text may have several lines: a literal, say.
        Self(texts.iter().flat_map(|text| text.split('\n')).map(str::to_owned).collect())
    }
}

impl LineReader for Given {
    fn read(&mut self, _: &Question) -> Line {
        match self.0.pop_front() {
            Some(line) => Line::Typed(Zeroizing::new(line.into_bytes())),
            None => Line::End,
        }
    }
}

/// Standard input, which is no terminal.
pub(crate) struct Piped;

impl LineReader for Piped {
    fn read(&mut self, _: &Question) -> Line {
        read_line()
    }
}

/// A terminal, without an editor.
pub(crate) struct Plain;

impl LineReader for Plain {
    fn read(&mut self, question: &Question) -> Line {
        if question.echo == Echo::Off {
            return match rpassword::prompt_password(&question.prompt) {
                Ok(typed) => Line::Typed(Zeroizing::new(typed.into_bytes())),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => Line::Interrupted,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Line::End,
                Err(error) => Line::Failed(error),
            };
        }
        let mut stdout = io::stdout();
        let _ = stdout.write_all(question.prompt.as_bytes()).and_then(|()| stdout.flush());
        read_line()
    }
}

fn read_line() -> Line {
    let mut line = Zeroizing::new(Vec::new());
    match io::Read::take(io::stdin().lock(), MOST_LINE).read_until(b'\n', &mut line) {
        Ok(0) => Line::End,
        Ok(_) => {
            if line.ends_with(b"\n") {
                line.pop();
                if line.ends_with(b"\r") {
                    line.pop();
                }
            }
            Line::Typed(line)
        }
        Err(error) => Line::Failed(error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::known::Protection;
    use super::*;

    /// Says what it is asked, and answers when it is told what.
    struct Scripted {
        asked: blocking::Sender<String>,
        answers: blocking::Receiver<Line>,
        withdrawal: Option<Arc<AtomicBool>>,
    }

    impl LineReader for Scripted {
        fn read(&mut self, question: &Question) -> Line {
            let _ = self.asked.send(question.prompt.clone());
            self.answers.recv().unwrap_or(Line::End)
        }

        fn withdrawal(&self) -> Option<Arc<AtomicBool>> {
            self.withdrawal.clone()
        }
    }

    fn question(prompt: &str, echo: Echo) -> Question {
        let known = Arc::new(Known::new(Protection::Clear));
        Question { prompt: prompt.to_owned(), echo, known }
    }

    /// What is heard where a question is followed by another one before it has an answer, and what was asked.
    async fn heard(
        first: Echo,
        withdrawal: Option<Arc<AtomicBool>>,
        answers: Vec<Line>,
    ) -> (String, Vec<String>) {
        let (asked, prompts) = blocking::channel();
        let (sender, receiver) = blocking::channel();
        let mut lines = Lines::new(Scripted { asked, answers: receiver, withdrawal });
        lines.ask(question("first", first));
        lines.ask(question("second", Echo::On));
        for answer in answers {
            sender.send(answer).unwrap();
        }
        let Line::Typed(line) = lines.next().await else { panic!("nothing was typed") };
        (String::from_utf8_lossy(&line).into_owned(), prompts.try_iter().collect())
    }

    fn typed(text: &str) -> Line {
        Line::Typed(Zeroizing::new(text.as_bytes().to_vec()))
    }

    #[tokio::test]
    async fn the_answer_to_an_earlier_question_is_that_of_the_next() {
        let (line, asked) = heard(Echo::On, None, vec![typed("NOOP")]).await;
        assert_eq!((&line[..], &asked[..]), ("NOOP", &["first".to_owned()][..]));
    }

    /// A challenge that is not there any more: what was typed for it must not be taken for a command.
    #[tokio::test]
    async fn a_secret_is_the_answer_to_its_own_question_only() {
        let (line, asked) = heard(Echo::Off, None, vec![typed("hunter2"), typed("NOOP")]).await;
        assert_eq!((&line[..], &asked[..]), ("NOOP", &["first".to_owned(), "second".to_owned()][..]));
    }

    #[tokio::test]
    async fn a_question_is_taken_back() {
        let withdrawal = Arc::new(AtomicBool::new(false));
        let answers = vec![Line::Withdrawn, typed("NOOP")];
        let (line, asked) = heard(Echo::Off, Some(Arc::clone(&withdrawal)), answers).await;
        assert_eq!((&line[..], &asked[..]), ("NOOP", &["first".to_owned(), "second".to_owned()][..]));
        assert!(withdrawal.load(Ordering::Relaxed));
    }
}
