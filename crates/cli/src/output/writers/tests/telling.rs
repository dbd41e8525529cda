//! Which message a failure is told of.

use std::io;
use std::path::Path;

use super::super::*;
use crate::output::Step;

/// Cannot write what begins with `!`.
struct Picky(Vec<Uid>);

impl Writer for Picky {
    fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        match octets.starts_with(b"!") {
            true => Err(Step::Write.failed(Path::new("x"), io::ErrorKind::StorageFull.into())),
            false => Ok(()),
        }
    }

    fn finish(&mut self, label: Label) -> Result<(), OutputError> {
        self.0.push(label.uid);
        Ok(())
    }

    fn abandon(&mut self) {}

    fn is_full(&self) -> bool {
        false
    }

    fn settle(&mut self) -> Vec<Settled> {
        fail_all(self.0.drain(..), OutputError::WithOthers)
    }
}

async fn message(writers: &mut Writers, uid: u32, octets: &'static [u8]) {
    writers.write(Bytes::from_static(octets)).await;
    let uid = Uid::new(uid).unwrap();
    let path = PathBuf::from("x");
    let (fallback, adopt, arrived, dated) = (None, None, None, Dated::Now);
    writers.finish(Label { uid, path, fallback, adopt, arrived, dated });
}

/// Which message failed is told also when the next one is coming by then.
#[tokio::test]
async fn a_failure_is_that_of_its_message() {
    let mut writers = Writers::with(SETTLE_AFTER, 1, vec![Box::new(Picky(Vec::new()))]).unwrap();
    message(&mut writers, 1, b"one").await;
    message(&mut writers, 2, b"!two").await;
    message(&mut writers, 3, b"three").await;
    writers.write(Bytes::from_static(b"fo")).await;
    writers.write(Bytes::from_static(b"!ur")).await;
    while !writers.is_failing() {
        tokio::task::yield_now().await;
    }
    writers.settle().await;
    assert!(!writers.is_failing());
    let told: Vec<String> = std::iter::from_fn(|| writers.next_event())
        .map(|event| match event {
            Event::Settled(Settled { uid, outcome: Err(OutputError::WithOthers) }) => {
                format!("{uid} settled")
            }
            Event::Settled(Settled { uid, outcome }) => format!("{uid} {}", outcome.unwrap_err()),
            Event::Broken(error) => format!("abandoned: {error}"),
        })
        .collect();
    assert_eq!(told, ["2 could not write x", "abandoned: could not write x", "1 settled", "3 settled"]);
}
