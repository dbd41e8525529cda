//! Who writes what, when, and how much may wait.

use std::mem;
use std::panic;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Waker};

use super::*;

/// A writer that says what it is told, waits for a word before each write, and can panic.
struct Slow {
    said: Sender<String>,
    go: Receiver<()>,
    finished: Vec<u32>,
    text: Vec<u8>,
    full_at: usize,
}

struct Remote {
    said: Receiver<String>,
    go: Option<Sender<()>>,
}

fn slow() -> (Box<dyn Writer>, Remote) {
    let ((said, hear), (go, wait)) = (channel(), channel());
    let writer = Slow { said, go: wait, finished: Vec::new(), text: Vec::new(), full_at: usize::MAX };
    (Box::new(writer), Remote { said: hear, go: Some(go) })
}

impl Remote {
    /// From now on it waits no more.
    fn run(&mut self) {
        self.go = None;
    }

    /// What it has done until it went away.
    fn all(self) -> Vec<String> {
        drop(self.go);
        self.said.iter().collect()
    }
}

impl Writer for Slow {
    fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        let _ = self.go.recv();
        if octets == b"panic" {
            // Without the words of the hook in the output of the tests.
            panic::resume_unwind(Box::new(()));
        }
        if octets == b"fail" {
            return Err(OutputError::StdoutUsed);
        }
        self.text.extend_from_slice(&octets[..octets.len().min(9)]);
        Ok(())
    }

    fn finish(&mut self, label: Label) -> Result<(), OutputError> {
        let text = mem::take(&mut self.text);
        if text == b"bad end" {
            self.text = text;
            return Err(OutputError::StdoutUsed);
        }
        let _ = self.said.send(format!("{}: {}", label.uid, text.escape_ascii()));
        self.finished.push(label.uid.value());
        Ok(())
    }

    fn abandon(&mut self) {
        let _ = self.said.send(format!("not {}", mem::take(&mut self.text).escape_ascii()));
    }

    fn is_full(&self) -> bool {
        self.finished.len() >= self.full_at
    }

    fn settle(&mut self) -> Vec<Settled> {
        if !self.finished.is_empty() {
            let _ = self.said.send("settled".to_owned());
        }
        let kept = || Kept { path: "-".into(), octets: 0, blake3: blake3::hash(b""), span: None };
        self.finished.drain(..).map(|number| Settled { uid: uid(number), outcome: Ok(kept()) }).collect()
    }
}

fn several(count: usize) -> (Writers, Vec<Remote>) {
    let (writers, remotes) = (0..count).map(|_| slow()).unzip();
    (at_once(NEVER, writers), remotes)
}

async fn put(writers: &mut Writers, number: u32, pieces: &[&'static str]) {
    for piece in pieces {
        writers.write(Bytes::from_static(piece.as_bytes())).await;
    }
    writers.finish(label(number, "x"));
}

fn kept(settled: &[Settled]) -> Vec<u32> {
    let mut kept: Vec<u32> =
        settled.iter().filter(|one| one.outcome.is_ok()).map(|one| one.uid.value()).collect();
    kept.sort();
    kept
}

#[test]
fn the_octets_of_a_message_stay_together() {
    run(async {
        let (mut writers, mut remotes) = several(3);
        put(&mut writers, 1, &["a", "b"]).await;
        put(&mut writers, 2, &["c", "d", "e"]).await;
        put(&mut writers, 3, &[]).await;
        put(&mut writers, 4, &["f"]).await;
        writers.write(Bytes::from_static(b"gone")).await;
        writers.abandon();
        put(&mut writers, 5, &["g", "h"]).await;
        remotes.iter_mut().for_each(Remote::run);
        let (settled, broken) = events(&mut writers).await;
        assert_eq!(kept(&settled), [1, 2, 3, 4, 5]);
        assert!(broken.is_empty());
        drop(writers);
        let mut said: Vec<String> = remotes.into_iter().flat_map(Remote::all).collect();
        said.retain(|word| word != "settled");
        said.sort();
        assert_eq!(said, ["1: ab", "2: cde", "3: ", "4: f", "5: gh", "not gone"]);
    });
}

#[test]
fn a_message_that_fails_takes_no_other_with_it() {
    run(async {
        let (mut writers, mut remotes) = several(1);
        remotes[0].run();
        put(&mut writers, 1, &["a"]).await;
        put(&mut writers, 2, &["b", "fail", "c"]).await;
        put(&mut writers, 3, &["d"]).await;
        put(&mut writers, 4, &["bad end"]).await;
        put(&mut writers, 5, &["e"]).await;
        let (settled, broken) = events(&mut writers).await;
        assert_eq!(kept(&settled), [1, 3, 5]);
        // Both that failed are told of by their names.
        assert_eq!(settled.len(), 5);
        assert!(broken.is_empty());
        drop(writers);
        let expected = ["1: a", "not b", "3: d", "not bad end", "5: e", "settled"];
        assert_eq!(remotes.remove(0).all(), expected);
    });
}

/// A slow disk stops whoever reads the network, and giving up while waiting takes no room.
#[test]
fn only_so_much_waits() {
    run(async {
        let (mut writers, mut remotes) = several(2);
        let piece = || Bytes::from(vec![b'x'; 100_000]);
        let mut cx = Context::from_waker(Waker::noop());
        let mut taken = 0;
        loop {
            let mut write = Box::pin(writers.write(piece()));
            match write.as_mut().poll(&mut cx) {
                Poll::Ready(()) => taken += 1,
                Poll::Pending => break,
            }
            assert!(taken * 100_000 <= ROOM);
        }
        assert!((taken + 1) * (100_000 + OVERHEAD) > ROOM);
        let left = writers.room.available_permits();
        for _ in 0..10 {
            assert!(Box::pin(writers.write(piece())).as_mut().poll(&mut cx).is_pending());
        }
        assert_eq!(writers.room.available_permits(), left);
        remotes.iter_mut().for_each(Remote::run);
        writers.write(piece()).await;
        writers.finish(label(1, "x"));
        // More than there ever is room for.
        writers.write(Bytes::from(vec![b'y'; ROOM + 1])).await;
        writers.write(Bytes::from_static(b"z")).await;
        writers.finish(label(2, "x"));
        let (settled, _) = events(&mut writers).await;
        assert_eq!(kept(&settled), [1, 2]);
        assert_eq!(writers.room.available_permits(), ROOM);
    });
}

/// Writes down how large the pieces are that it gets.
struct Pieces(Arc<Mutex<Vec<Vec<u8>>>>);

impl Writer for Pieces {
    fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        self.0.lock().unwrap().push(octets.to_owned());
        Ok(())
    }

    fn finish(&mut self, label: Label) -> Result<(), OutputError> {
        self.0.lock().unwrap().push(label.uid.to_string().into());
        Ok(())
    }

    fn abandon(&mut self) {
        self.0.lock().unwrap().push(b"abandoned".to_vec());
    }

    fn is_full(&self) -> bool {
        false
    }

    fn settle(&mut self) -> Vec<Settled> {
        Vec::new()
    }
}

/// What comes in small pieces is handed over in large ones, and all of it; what no thread has got is not abandoned
/// there.
#[test]
fn pieces_are_gathered() {
    let got = Arc::default();
    let message: Vec<u8> = (0..PIECE * 3 + 5).map(|at| (at % 251) as u8).collect();
    run(async {
        let mut writers = Writers::with(NEVER, PIECE, vec![Box::new(Pieces(Arc::clone(&got)))]).unwrap();
        for piece in message.chunks(16_000) {
            writers.write(Bytes::copy_from_slice(piece)).await;
        }
        writers.finish(label(1, "x"));
        writers.write(Bytes::from_static(b"not handed over")).await;
        writers.abandon();
        put(&mut writers, 2, &["a", "b"]).await;
        writers.write(Bytes::from(message.clone())).await;
        writers.abandon();
        events(&mut writers).await;
        assert_eq!(writers.room.available_permits(), ROOM);
    });
    let mut expected: Vec<&[u8]> = message.chunks(PIECE).collect();
    expected.extend([&b"1"[..], b"ab", b"2"]);
    expected.extend(message.chunks_exact(PIECE));
    expected.push(b"abandoned");
    let got = got.lock().unwrap();
    assert!(*got == expected, "{:?}", got.iter().map(Vec::len).collect::<Vec<_>>());
}

#[test]
fn whoever_panics_keeps_nothing_and_holds_up_nobody() {
    run(async {
        let (mut writers, mut remotes) = several(2);
        remotes.iter_mut().for_each(Remote::run);
        put(&mut writers, 1, &["panic"]).await;
        // What is handed to it before it is known to be gone is lost with it.
        let mut numbers = 2;
        while !writers.threads.iter().any(|thread| thread.handle.is_finished()) {
            put(&mut writers, numbers, &["x"]).await;
            numbers += 1;
            thread::yield_now();
        }
        let (settled, _) = events(&mut writers).await;
        assert!(!kept(&settled).contains(&1));
        put(&mut writers, 1_000_000, &["y"]).await;
        let (settled, _) = events(&mut writers).await;
        assert_eq!(kept(&settled), [1_000_000]);
        assert_eq!(writers.room.available_permits(), ROOM);
    });
}

#[test]
fn messages_settle_without_being_asked() {
    run(async {
        let (writer, mut remote) = slow();
        let mut writers = at_once(Duration::ZERO, vec![writer]);
        put(&mut writers, 1, &[]).await;
        // Also while a large message keeps coming.
        writers.write(Bytes::from_static(b"a")).await;
        let said: Vec<String> = remote.said.iter().take(2).collect();
        assert_eq!(said, ["1: ", "settled"]);
        remote.run();
        writers.finish(label(2, "x"));
        let event = writers.events.recv().await.unwrap();
        assert!(matches!(event, Event::Settled(Settled { uid: first, .. }) if first == uid(1)), "{event:?}");
    });
}

#[test]
fn many_messages_are_settled_at_once() {
    run(async {
        let ((said, hear), (go, wait)) = (channel(), channel());
        drop(go);
        let writer = Slow { said, go: wait, finished: Vec::new(), text: Vec::new(), full_at: 2 };
        let mut writers = start(writer);
        for number in 1..=5 {
            put(&mut writers, number, &[]).await;
        }
        drop(writers);
        let said: Vec<String> = hear.iter().collect();
        assert_eq!(said, ["1: ", "2: ", "settled", "3: ", "4: ", "settled", "5: "]);
    });
}

/// Its writer tells when it is gone.
struct Told<W>(W, Arc<Mutex<Vec<u32>>>, #[expect(dead_code, reason = "dropped with it")] Sender<()>);

impl<W: Writer> Writer for Told<W> {
    fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        self.0.write(octets)
    }

    fn finish(&mut self, label: Label) -> Result<(), OutputError> {
        self.1.lock().unwrap().push(label.uid.value());
        self.0.finish(label)
    }

    fn abandon(&mut self) {
        self.0.abandon();
    }

    fn is_full(&self) -> bool {
        self.0.is_full()
    }

    fn settle(&mut self) -> Vec<Settled> {
        self.0.settle()
    }
}

#[test]
fn what_is_not_settled_goes_away_with_the_writers() {
    let folder = tempfile::tempdir().unwrap();
    let filing = Filing {
        folder: folder.path().to_owned(),
        overwrite: Arc::new(|_| Overwrite::Refuse),
        durability: Durability::Synced,
        record: Arc::new(NoRecord),
    };
    let (gone, wait) = channel();
    let seen = Arc::default();
    let told = Told(Files::new(Disk, filing, folder.path().to_owned()), Arc::clone(&seen), gone);
    let mut writers = start(told);
    run(async {
        put(&mut writers, 1, &["a", "b"]).await;
        put(&mut writers, 2, &["c"]).await;
        writers.write(Bytes::from(vec![0; 100_000])).await;
    });
    drop(writers);
    wait.recv().unwrap_err();
    assert_eq!(*seen.lock().unwrap(), [1, 2]);
    assert!(files(folder.path()).is_empty());
}
