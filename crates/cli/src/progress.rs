//! Progress on stderr, for whatever takes longer than a second.

use std::io::{self, IsTerminal, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{BinaryBytes, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// How long something may take before anything is shown: a bar that appears and vanishes at once is only a flicker.
const DELAY: Duration = Duration::from_secs(1);

/// How often the bar is drawn anew, also when nothing arrives: then it shows that the program is alive.
const REDRAW: Duration = Duration::from_millis(200);

/// Whether there is anything to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    Shown,
    Hidden,
}

impl Visibility {
    /// Shown if stderr is a terminal that can draw over what it has drawn. `--quiet` is [`Visibility::Hidden`] from
    /// the start and does not ask.
    pub(crate) fn of_stderr() -> Visibility {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if io::stderr().is_terminal() && !dumb { Visibility::Shown } else { Visibility::Hidden }
    }
}

/// A bar with messages done, octets and rate. Gone from the screen when finished or dropped.
///
/// Cheap to feed from anywhere: every method takes `&self`, none waits for the terminal for longer than one drawing.
pub(crate) struct Progress {
    bar: ProgressBar,
    octets: Arc<AtomicU64>,
    /// Shows the bar after the delay; none when it is hidden for good.
    curtain: Option<Curtain>,
}

impl Progress {
    /// Starts counting; `total_mails` is None as long as nobody knows.
    pub(crate) fn new(total_mails: Option<u64>, visibility: Visibility) -> Progress {
        match visibility {
            Visibility::Shown => Progress::start(total_mails, DELAY, ProgressDrawTarget::stderr()),
            Visibility::Hidden => Progress::hidden(total_mails),
        }
    }

    fn hidden(total_mails: Option<u64>) -> Progress {
        let octets = Arc::new(AtomicU64::new(0));
        let bar = ProgressBar::with_draw_target(total_mails, ProgressDrawTarget::hidden());
        bar.set_style(style(total_mails, Room::of_stderr(), Arc::clone(&octets)));
        Progress { bar, octets, curtain: None }
    }

    fn start(total_mails: Option<u64>, delay: Duration, target: ProgressDrawTarget) -> Progress {
        let mut progress = Progress::hidden(total_mails);
        progress.curtain = Some(Curtain::close(progress.bar.clone(), delay, target));
        progress
    }

    /// So many more messages will come.
    pub(crate) fn expect(&self, mails: u64) {
        self.bar.inc_length(mails);
    }

    /// Octets of a message have arrived.
    pub(crate) fn add_bytes(&self, octets: u64) {
        self.octets.fetch_add(octets, Ordering::Relaxed);
    }

    /// A message is complete and on the disk.
    pub(crate) fn mail_done(&self) {
        self.bar.inc(1);
    }

    /// Messages that are complete, and that will come.
    #[cfg(test)]
    pub(crate) fn counted(&self) -> (u64, Option<u64>) {
        (self.bar.position(), self.bar.length())
    }

    /// Takes the bar away while `write` writes to stderr, so that the two do not end up in one line.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Says a line on stderr, beside the bar.
    pub(crate) fn say(&self, line: &str) {
        self.suspend(|| {
            let _ = writeln!(anstream::stderr(), "{line}");
        });
    }

    /// Takes the bar away; what is counted afterwards is not shown.
    pub(crate) fn hide(&self) {
        self.bar.finish_and_clear();
    }

    /// The same, for good.
    pub(crate) fn finish(self) {}
}

impl Drop for Progress {
    fn drop(&mut self) {
        // First the thread that could still show the bar, then the bar.
        drop(self.curtain.take());
        self.bar.finish_and_clear();
    }
}

/// A thread that waits for the delay to pass, then lets the bar be seen.
struct Curtain {
    /// Dropped to end the waiting early.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Curtain {
    fn close(bar: ProgressBar, delay: Duration, target: ProgressDrawTarget) -> Curtain {
        let (stop, stopped) = mpsc::channel::<()>();
        let wait = move || {
            if stopped.recv_timeout(delay) == Err(RecvTimeoutError::Timeout) {
                bar.set_draw_target(target);
                bar.enable_steady_tick(REDRAW);
            }
        };
        // Without the thread there is no bar, which is better than no mail.
        let thread = thread::Builder::new().name("progress".to_owned()).spawn(wait).ok();
        Curtain { stop: Some(stop), thread }
    }
}

impl Drop for Curtain {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How much fits on one line of the terminal. A bar that goes on in the next line could not be taken away again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Wide,
    Narrow,
}

/// What the longest line has, with eight digits on both sides of the count.
const WIDE_COLUMNS: u16 = 80;

impl Room {
    fn of_stderr() -> Self {
        match terminal_size::terminal_size_of(std::io::stderr()) {
            Some((terminal_size::Width(columns), _)) if columns < WIDE_COLUMNS => Self::Narrow,
            _ => Self::Wide,
        }
    }
}

fn style(total_mails: Option<u64>, room: Room, octets: Arc<AtomicU64>) -> ProgressStyle {
    let template = match (total_mails, room) {
        (Some(_), Room::Wide) => "{bar:20} {pos}/{len} messages, {octets}, {rate}",
        (None, Room::Wide) => "{spinner} {pos} messages, {octets}, {rate}",
        (Some(_), Room::Narrow) => "{pos}/{len}, {octets}",
        (None, Room::Narrow) => "{pos}, {octets}",
    };
    let total = Arc::clone(&octets);
    ProgressStyle::with_template(template)
        .expect("the templates are constants, and a test of this module parses each")
        .with_key("octets", move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = write!(out, "{}", BinaryBytes(total.load(Ordering::Relaxed)));
        })
        .with_key("rate", move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = write!(out, "{}", rate(octets.load(Ordering::Relaxed), state.elapsed()));
        })
}

/// The mean since the start: what is left takes that long if nothing changes.
fn rate(octets: u64, elapsed: Duration) -> String {
    let millis = elapsed.as_millis().max(1);
    let per_second = u128::from(octets) * 1_000 / millis;
    format!("{}/s", BinaryBytes(u64::try_from(per_second).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use indicatif::TermLike;

    use super::*;

    /// A terminal that remembers what is on its one line, and what was ever on it.
    #[derive(Clone, Debug, Default)]
    struct Screen(Arc<Mutex<(String, Vec<String>)>>);

    impl Screen {
        fn line(&self) -> String {
            self.0.lock().unwrap().0.trim().to_owned()
        }

        fn history(&self) -> Vec<String> {
            self.0.lock().unwrap().1.clone()
        }

        fn target(&self) -> ProgressDrawTarget {
            ProgressDrawTarget::term_like(Box::new(self.clone()))
        }
    }

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            let (line, history) = &mut *self.0.lock().unwrap();
            line.push_str(text);
            history.push(line.trim().to_owned());
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            self.0.lock().unwrap().0.clear();
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The bar with the curtain already up, so that no test waits.
    fn shown(total: Option<u64>, screen: &Screen) -> Progress {
        let progress = Progress::hidden(total);
        progress.bar.set_draw_target(screen.target());
        progress
    }

    #[test]
    fn messages_octets_and_rate_are_shown() {
        let screen = Screen::default();
        let progress = shown(Some(4), &screen);
        progress.add_bytes(1_536);
        progress.mail_done();
        progress.bar.force_draw();
        let line = screen.line();
        assert!(line.contains(" 1/4 messages, 1.50 KiB, "), "{line}");
        assert!(line.ends_with("/s"), "{line}");
        progress.finish();
        assert_eq!(screen.line(), "");
    }

    #[test]
    fn without_a_total_there_is_no_bar_to_fill() {
        let screen = Screen::default();
        let progress = shown(None, &screen);
        progress.mail_done();
        progress.bar.force_draw();
        let line = screen.line();
        assert!(line.contains(" 1 messages, 0 B, "), "{line}");
    }

    #[test]
    fn every_line_can_be_made_and_a_narrow_one_is_short() {
        for total in [None, Some(99_999_999)] {
            for (room, columns) in [(Room::Wide, 80), (Room::Narrow, 40)] {
                let screen = Screen::default();
                let mut bar = ProgressBar::with_draw_target(total, screen.target());
                bar = bar.with_style(style(total, room, Arc::new(AtomicU64::new(u64::MAX))));
                bar.set_position(99_999_999);
                bar.force_draw();
                let longest = screen.line().chars().count();
                assert!((1..=columns).contains(&longest), "{}", screen.line());
            }
        }
    }

    #[test]
    fn the_line_is_free_while_suspended() {
        let screen = Screen::default();
        let progress = shown(Some(4), &screen);
        progress.bar.force_draw();
        assert_ne!(screen.line(), "");
        let during = progress.suspend(|| screen.line());
        assert_eq!(during, "");
        assert_ne!(screen.line(), "");
    }

    #[test]
    fn what_is_over_before_the_delay_is_never_shown() {
        let screen = Screen::default();
        let progress = Progress::start(Some(1), Duration::from_secs(3_600), screen.target());
        progress.add_bytes(10);
        progress.mail_done();
        assert_eq!(progress.suspend(|| 5), 5);
        progress.finish();
        assert_eq!(screen.history(), Vec::<String>::new());
    }

    #[test]
    fn it_is_shown_after_the_delay_though_nothing_arrives() {
        let screen = Screen::default();
        let mut progress = Progress::start(Some(1), Duration::ZERO, screen.target());
        // Joined rather than slept for: after it the bar has its target.
        let mut curtain = progress.curtain.take().unwrap();
        curtain.thread.take().unwrap().join().unwrap();
        progress.bar.force_draw();
        assert!(screen.line().contains(" 0/1 messages"), "{}", screen.line());
        progress.finish();
        assert_eq!(screen.line(), "");
    }

    #[test]
    fn hidden_costs_nothing_and_starts_no_thread() {
        let progress = Progress::new(None, Visibility::Hidden);
        assert!(progress.curtain.is_none());
        assert!(progress.bar.is_hidden());
        progress.add_bytes(1);
        progress.mail_done();
        progress.finish();
    }

    #[test]
    fn rates() {
        let check = |octets, millis, expected: &str| {
            assert_eq!(rate(octets, Duration::from_millis(millis)), expected)
        };
        check(0, 0, "0 B/s");
        check(1_024, 1_000, "1.00 KiB/s");
        check(10 * 1_048_576, 4_000, "2.50 MiB/s");
        check(u64::MAX, 0, "16.00 EiB/s");
    }
}
