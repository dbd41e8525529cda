//! stub
use super::mailboxes::Discovery;
use super::selection::Wanted;
use crate::cli::{Fetch, View};
use crate::exit::Exit;
use crate::failure::Failure;
use tayori_client::Session;
pub(super) struct Viewing<'a>(&'a Fetch);
impl<'a> Viewing<'a> {
    pub(super) fn prepare(o: &'a Fetch, _: &'a View) -> Result<Self, Failure> {
        Ok(Self(o))
    }
    pub(super) async fn run(&mut self, _: &mut Session, _: &Wanted, _: Discovery) -> Result<(), Failure> {
        let _ = self.0;
        Ok(())
    }
    pub(super) fn end(self, e: Result<(), Failure>) -> Result<Exit, Failure> {
        e.map(|()| Exit::Done)
    }
}
