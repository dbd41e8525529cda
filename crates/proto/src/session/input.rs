//! What the octets of the server do to a session: frames become responses, responses change its state and are then
//! offered to the command that asked for them.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};

use super::event::{Closed, CommandId, Completion, CompletionStatus, Event, Violation};
use super::observer::{Shown, pieces};
use super::pipeline::{Answered, Data, Slot};
use super::selected::Selected;
use super::step::{CutRow, Step};
use super::{Channel, Compression, Kept, Passing, Session, State};
use crate::command::{Answers, Command, SelectParameter};
use crate::limits::SASL_CHALLENGE_OCTETS;
use crate::quirk::{Quirk, Repair};
use crate::response::{
    Context, Defect, Fetch, FetchParser, Invalid, Metadata, MetadataTold, Pending, Response, ResponseCode,
    Status, StatusKind, Tagged, TaggedStatus, VanishedWhen, parse,
};
use crate::types::{Capabilities, Capability, MetadataOwner, NameEncoding, Text};
use crate::wire::{Frame, Then};

impl Session {
    pub(super) fn handle_frame(&mut self, frame: Frame) {
        if let Frame::Piece { bytes, literals, then } = &frame {
            self.show_received(bytes, literals, *then);
        }
        match frame {
            frame if self.step == Step::Out => self.pass_over(frame),
            Frame::Piece { bytes, then, .. } => self.handle_piece(bytes, then),
            Frame::Chunk { bytes, left } => self.handle_chunk(bytes, left),
            Frame::Overlong { head } => self.handle_overlong(head),
            Frame::Announced { .. } => {}
        }
    }

    fn show_received(&mut self, bytes: &[u8], literals: &[Range<usize>], then: Then) {
        if let Some(observer) = self.observer.as_deref_mut() {
            let mut shown = pieces(bytes, literals, &[]);
            if let Then::Literal { size, .. } = then {
                shown.push(Shown::Literal { size, octets: &[] });
            }
            observer.received(&shown);
        }
    }

    fn handle_piece(&mut self, bytes: Bytes, then: Then) {
        let context = self.context();
        // As almost always: what is known of a passing literal is large, and need not move.
        if let (Passing::Nothing, Then::End) = (&self.passing, then) {
            return self.handle_whole(&bytes, &context);
        }
        match (std::mem::replace(&mut self.passing, Passing::Nothing), then) {
            (Passing::Nothing, Then::End) => self.handle_whole(&bytes, &context),
            (Passing::Cut(cut), then) => self.resume_cut(cut, bytes, then),
            (Passing::Nothing, Then::Literal { size, .. }) => {
                match FetchParser::start(&bytes, &context, size) {
                    Some((parser, pending)) => self.begin_literal(Box::new(parser), pending, size),
                    None => self.passing = Passing::Oversized { head: bytes, had: 0, size },
                }
            }
            (Passing::Row { parser, .. }, Then::End) if parser.is_cut(&bytes) => {
                self.passing = Passing::Cut(CutRow::Streamed(parser));
            }
            (Passing::Row { parser, .. }, Then::End) => {
                let (fetch, repairs) = parser.finish(&bytes);
                self.handle_response(Response::Fetch(fetch), repairs);
            }
            (Passing::Row { mut parser, .. }, Then::Literal { size, .. }) => {
                let pending = parser.resume(&bytes, size);
                self.begin_literal(parser, pending, size);
            }
            (Passing::Oversized { head, .. }, Then::End) => self.handle_overlong(head),
            (Passing::Oversized { head, .. }, Then::Literal { size, .. }) => {
                self.passing = Passing::Oversized { head, had: 0, size };
            }
        }
    }

    fn handle_whole(&mut self, bytes: &Bytes, context: &Context) {
        let parsed = parse(bytes, context);
        if let Some(cut) = CutRow::of(bytes, &parsed) {
            self.passing = Passing::Cut(cut);
        } else if !self.try_swallowed_end(bytes, &parsed) {
            self.handle_response(parsed.response, parsed.repairs);
        }
    }

    fn begin_literal(&mut self, mut parser: Box<FetchParser>, pending: Pending, size: u64) {
        let command = self.pipeline.asked_for(Data::Fetch);
        let kept = match pending {
            Pending::Body { body } if !matches!(self.state, State::AwaitingGreeting) => {
                let (number, uid) = (parser.number(), parser.uid());
                let so_far = parser.items_ahead().to_vec();
                self.events.push_back(Event::BodyStart { command, number, uid, so_far, body, size });
                Kept::HandedOut
            }
            _ => {
                parser.skip_body();
                Kept::Dropped
            }
        };
        self.passing = Passing::Row { parser, command, kept, had: 0, size };
    }

    fn handle_chunk(&mut self, octets: Bytes, left: u64) {
        match &mut self.passing {
            Passing::Row { command, kept, had, .. } => {
                *had += octets.len() as u64;
                if *kept == Kept::HandedOut {
                    let command = *command;
                    self.events.push_back(Event::BodyChunk { command, octets });
                    if left == 0 {
                        self.events.push_back(Event::BodyEnd { command });
                    }
                }
            }
            Passing::Oversized { had, .. } => *had += octets.len() as u64,
            Passing::Nothing | Passing::Cut(_) => {}
        }
    }

    /// A response above a limit: what it was is gone, unless it is a completion, which is told by its first octets.
    fn handle_overlong(&mut self, head: Bytes) {
        if let Passing::Row { parser, .. } = std::mem::replace(&mut self.passing, Passing::Nothing) {
            let (fetch, repairs) = parser.finish(&Bytes::from_static(b"\r\n"));
            return self.handle_response(Response::Fetch(fetch), repairs);
        }
        let mut line = BytesMut::from(&*head);
        line.extend_from_slice(b"\r\n");
        match parse(&line.freeze(), &self.context()).response {
            response @ (Response::Tagged(_) | Response::Status(_)) => {
                self.handle_response(response, Vec::new())
            }
            Response::Continue(_) if let Some(command) = self.pipeline.challenge() => {
                // What it says does not matter: whoever gets it refuses it for its length, and ends the login.
                let data = Bytes::from_static(&[0; SASL_CHALLENGE_OCTETS + 1]);
                self.events.push_back(Event::Challenge { command, data });
            }
            _ => {
                let invalid = Invalid { bytes: head, offset: 0, expected: "a response within the limit" };
                self.handle_response(Response::Invalid(invalid), Vec::new());
            }
        }
    }

    pub(super) fn handle_response(&mut self, response: Response, repairs: Vec<Repair>) {
        if matches!(self.state, State::AwaitingGreeting) {
            return self.handle_greeting(response);
        }
        match response {
            Response::Tagged(tagged) => return self.handle_tagged(tagged),
            Response::Continue(request) => return self.handle_continuation(&request.text),
            Response::Status(ref status) => {
                if status.kind == StatusKind::Bye
                    && self.pipeline.find(|c| matches!(c, Command::Logout)).is_none()
                {
                    return self.close(Closed::Bye { code: status.code.clone(), text: status.text.clone() });
                }
                self.said_goodbye |= status.kind == StatusKind::Bye;
                if let Some(code) = &status.code {
                    self.apply_code(code);
                }
                // As if `NOTIFY NONE` had been sent (RFC 5465 section 5.8).
                self.numbers_float &= status.code != Some(ResponseCode::NotificationOverflow);
            }
            Response::Capability(ref listed) => self.hear_capabilities(listed),
            Response::Enabled(ref listed) => self.hear_enabled(listed),
            Response::Fetch(fetch) if fetch.defects.is_empty() => return self.handle_row(fetch, repairs),
            Response::Vanished(ref vanished) => {
                if let Some(selected) = self.told_of() {
                    selected.apply_vanished(vanished);
                }
            }
            // Who knows whose items these are.
            Response::Fetch(_) => {}
            // Messages have gone, and it cannot be told which.
            Response::Invalid(ref invalid) if invalid.is_one_of(&["EXPUNGE", "VANISHED"]) => {
                if let Some(selected) = self.told_of() {
                    selected.doubt();
                }
            }
            ref data => {
                // A mailbox that is being opened has no numbers yet that anybody could have used.
                if let (State::Selected(selected), Response::Exists(count)) = (&mut self.state, data)
                    && *count < selected.exists()
                {
                    selected.doubt();
                }
                if let State::Selecting(_, selected) | State::Selected(selected) = &mut self.state {
                    selected.apply(data);
                }
            }
        }
        let command = self.whose(&response);
        let out_of_step = match &response {
            Response::Fetch(fetch) => {
                let undelimited = |defect: &Defect| {
                    matches!(defect, Defect::BodyNotDelimited { .. } | Defect::RestBehindBody)
                };
                fetch.defects.iter().any(undelimited)
            }
            _ => false,
        };
        let ends_its_command = repairs.iter().any(|repair| repair.quirk == Quirk::UntaggedFailure);
        let failure = match &response {
            Response::Status(Status { text, .. }) if ends_its_command => Some(text.clone()),
            _ => None,
        };
        self.events.push_back(Event::Response { command, response, repairs });
        if let Some(text) = failure
            && let Some(slot) = self.pipeline.take_only()
        {
            let (tag, status, code) = (slot.tag.clone(), TaggedStatus::Bad, None);
            return self.complete(slot, Tagged { tag, status, code, text });
        }
        if out_of_step {
            return self.fall_out_of_step();
        }
        self.pump();
    }

    /// A row without defects, which changes nothing that could let a command leave.
    fn handle_row(&mut self, mut fetch: Fetch, repairs: Vec<Repair>) {
        if let Some(selected) = self.told_of() {
            selected.apply_fetch(&mut fetch);
        }
        let command = self.resyncing().or_else(|| self.pipeline.asked_for(Data::Fetch));
        self.events.push_back(Event::Response { command, response: Response::Fetch(fetch), repairs });
    }

    /// The mailbox that rows are about now, if that is known: while one is being opened, they may still be about the
    /// one before.
    fn told_of(&mut self) -> Option<&mut Selected> {
        match &mut self.state {
            State::Selecting(_, selected) if !selected.is_alone() => None,
            State::Selecting(_, selected) | State::Selected(selected) => Some(selected),
            _ => None,
        }
    }

    /// The command that asked for data of this kind.
    fn whose(&self, response: &Response) -> Option<CommandId> {
        let data = match response {
            Response::Capability(_) => Data::Capability,
            Response::List(_) => Data::List,
            Response::Xlist(_) => Data::Xlist,
            Response::Lsub(_) => Data::Lsub,
            Response::Id(_) => Data::Id,
            Response::Enabled(_) => Data::Enabled,
            Response::Namespace(_) => Data::Namespace,
            Response::MailboxStatus(status) => Data::Status(&status.name),
            Response::ExtendedSearch(found) => {
                // The tag tells, where there is one that is ours.
                let tagged = found.tag.as_ref().and_then(|tag| self.pipeline.by_tag(tag.as_bytes()));
                return tagged.or_else(|| self.pipeline.asked_for(Data::Search));
            }
            Response::Search(_) => Data::Search,
            Response::Sort(_) => Data::Sort,
            Response::Thread(_) => Data::Thread,
            Response::Quota(_) | Response::QuotaRoots(_) => Data::Quota,
            Response::Acl(acl) => Data::Acl(&acl.mailbox),
            Response::ListRights(rights) => Data::ListRights(&rights.mailbox),
            Response::MyRights(rights) => Data::MyRights(&rights.mailbox),
            // What was changed is told without being asked for.
            Response::Metadata(Metadata { owner, told: MetadataTold::Values(_) }) => Data::Metadata(owner),
            Response::Fetch(_) | Response::Vanished(_) if let Some(resync) = self.resyncing() => {
                return Some(resync);
            }
            Response::Fetch(_) => Data::Fetch,
            // What has vanished before is a part of what a FETCH has asked for.
            Response::Vanished(vanished) if vanished.when() == VanishedWhen::Earlier => Data::Fetch,
            Response::Vanished(_) | Response::Expunge(_) => Data::Expunge,
            Response::Status(Status { code: Some(ResponseCode::CopyUid { .. }), .. }) => Data::CopyUid,
            Response::Status(Status { code: Some(ResponseCode::AppendUid { .. }), .. }) => Data::AppendUid,
            Response::Status(Status { code: Some(ResponseCode::MessageLimit { .. }), .. }) => Data::Limit,
            Response::Status(Status { code: Some(code), .. }) if code.is_unreadable("MESSAGELIMIT") => {
                Data::Limit
            }
            Response::Status(Status {
                code: Some(ResponseCode::InProgress { tag: Some(tag), .. }), ..
            }) => {
                return self.pipeline.by_tag(tag.as_bytes());
            }
            Response::Status(Status { code: Some(ResponseCode::InProgress { .. }), .. }) => {
                return self.pipeline.only_sent();
            }
            Response::Flags(_) | Response::Exists(_) | Response::Recent(_) => Data::Mailbox,
            Response::Invalid(invalid) => return self.whose_unreadable(invalid),
            _ => return None,
        };
        self.pipeline.asked_for(data)
    }

    /// The command whose answer lacks something that cannot be read. One that only hears of it by the way, as STORE
    /// does of a FETCH, lacks nothing.
    fn whose_unreadable(&self, invalid: &Invalid) -> Option<CommandId> {
        let mailbox = invalid.mailbox(self.names);
        let mailbox = mailbox.as_ref();
        // Where it cannot be told of which mailbox it is, the oldest command will do: silence would pass for an answer.
        let about = |named: Option<Data<'_>>, asked: fn(&Answers) -> bool| {
            let named = named.and_then(|data| self.pipeline.asked_for(data));
            named.or_else(|| self.pipeline.find(|command| asked(&command.answers())))
        };
        let data = match &*invalid.name()?.to_ascii_uppercase() {
            b"STATUS" => {
                return about(mailbox.map(Data::Status), |answers| {
                    matches!(answers, Answers::Status(_) | Answers::ListStatus)
                });
            }
            b"ACL" => return about(mailbox.map(Data::Acl), |answers| matches!(answers, Answers::Acl(_))),
            b"MYRIGHTS" => {
                return about(mailbox.map(Data::MyRights), |answers| matches!(answers, Answers::MyRights(_)));
            }
            b"LISTRIGHTS" => {
                return about(mailbox.map(Data::ListRights), |answers| {
                    matches!(answers, Answers::ListRights(_))
                });
            }
            b"METADATA" => {
                let owner = mailbox.cloned().map(MetadataOwner::from);
                return about(owner.as_ref().map(Data::Metadata), |answers| {
                    matches!(answers, Answers::Metadata(_))
                });
            }
            b"QUOTA" | b"QUOTAROOT" => Data::Quota,
            b"NAMESPACE" => Data::Namespace,
            b"LIST" => Data::List,
            b"XLIST" => Data::Xlist,
            b"LSUB" => Data::Lsub,
            b"SEARCH" | b"ESEARCH" => Data::Search,
            b"SORT" => Data::Sort,
            b"THREAD" => Data::Thread,
            b"FETCH" | b"UIDFETCH" | b"VANISHED" => {
                let fetch = || {
                    let asked = self.pipeline.asked_for(Data::Fetch);
                    asked.filter(|_| matches!(self.pipeline.command(asked), Some(Command::Fetch { .. })))
                };
                return self.resyncing().or_else(fetch);
            }
            _ => return None,
        };
        self.pipeline.asked_for(data)
    }

    /// The SELECT that is told what has changed in the mailbox it opens (RFC 7162 section 3.2.5).
    fn resyncing(&self) -> Option<CommandId> {
        let State::Selecting(id, selected) = &self.state else { return None };
        let asks = matches!(
            self.pipeline.command(Some(*id)),
            Some(
                Command::Select { parameter: SelectParameter::QResync(_), .. }
                    | Command::Examine { parameter: SelectParameter::QResync(_), .. }
            )
        );
        (asks && selected.is_alone()).then_some(*id)
    }

    fn handle_greeting(&mut self, response: Response) {
        let Response::Status(Status { kind, code, text }) = response else {
            return self.violated(Violation::Greeting);
        };
        self.state = match kind {
            StatusKind::Ok => State::NotAuthenticated,
            StatusKind::PreAuth if self.channel == Channel::Clear => {
                return self.violated(Violation::PreAuthInClear);
            }
            StatusKind::PreAuth => State::Authenticated,
            StatusKind::Bye => return self.close(Closed::Bye { code, text }),
            _ => return self.violated(Violation::Greeting),
        };
        if let Some(code) = &code {
            self.apply_code(code);
        }
        self.events.push_back(Event::Greeting { text: text.clone() });
        // What a person has to see is told as it is at any other moment.
        if code == Some(ResponseCode::Alert) {
            let response = Response::Status(Status { kind, code, text });
            self.events.push_back(Event::Response { command: None, response, repairs: Vec::new() });
        }
        self.pump();
    }

    fn apply_code(&mut self, code: &ResponseCode) {
        if let ResponseCode::Capability(listed) = code {
            self.hear_capabilities(listed);
        }
        match (code, &mut self.state) {
            (ResponseCode::Closed, State::Selecting(_, selected)) => selected.begin_alone(),
            (_, State::Selecting(_, selected) | State::Selected(selected)) => selected.apply_code(code),
            _ => {}
        }
    }

    fn hear_capabilities(&mut self, listed: &Capabilities) {
        self.capabilities = Some(listed.clone());
        self.heard_since_login = true;
    }

    /// Only what this session has asked for counts (RFC 5161 section 3.2): it is also what bounds the list.
    fn hear_enabled(&mut self, listed: &Capabilities) {
        self.heard_enabled = self.pipeline.asked_for(Data::Enabled);
        let Some(Command::Enable(asked)) = self.pipeline.command(self.heard_enabled) else {
            return;
        };
        let enabled = asked.iter().filter(|capability| listed.has(capability)).cloned();
        self.enable(enabled.collect());
    }

    /// A server that says OK and nothing of what it has enabled (iCloud) is believed where it is known for that.
    fn infer_enabled(&mut self, slot: &Slot) {
        let Command::Enable(asked) = &slot.command else { return };
        let Some(listed) = &self.capabilities else { return };
        if self.enables_silently && self.heard_enabled != Some(slot.id) {
            let enabled = asked.iter().filter(|capability| listed.offers(capability)).cloned();
            self.enable(enabled.collect());
        }
    }

    fn enable(&mut self, capabilities: Vec<Capability>) {
        for capability in capabilities {
            if !self.enabled.contains(&capability) {
                self.enabled.push(capability);
            }
        }
        if self.enabled.iter().any(Capability::changes_names) {
            self.names = NameEncoding::Utf8;
        }
    }

    fn handle_continuation(&mut self, text: &Text) {
        if self.pipeline.release_literal() {
            return self.pump();
        }
        if let Some(command) = self.pipeline.challenge() {
            let data =
                STANDARD.decode(text.as_bytes()).map_or_else(|_| text.clone().into_bytes(), Bytes::from);
            self.events.push_back(Event::Challenge { command, data });
        } else if let Some(command) = self.pipeline.begin_idle(&mut self.observer) {
            self.events.push_back(Event::Idling { command });
        }
        // Any other continuation request asks for nothing that we have; a server that sends one is not believed.
    }

    pub(super) fn handle_tagged(&mut self, tagged: Tagged) {
        match self.pipeline.answer(tagged) {
            Answered::Complete(slot, tagged) => self.complete(*slot, tagged),
            Answered::Ahead => {}
            Answered::Early(tag) => self.violated(Violation::EarlyCompletion { tag }),
            Answered::Foreign(tagged) => match tagged.reread() {
                // `EXPUNGE: TAG12 OK EXPUNGE completed` has been seen.
                Some(reread) if self.pipeline.knows(&reread.tag) => self.handle_tagged(reread),
                _ => self.handle_foreign(tagged),
            },
        }
    }

    fn handle_foreign(&mut self, tagged: Tagged) {
        self.foreign_tags += 1;
        self.events.push_back(Event::ForeignTag { tag: tagged.tag });
        if self.foreign_tags > self.limits.foreign_tags {
            self.violated(Violation::ForeignTags);
        }
    }

    pub(super) fn complete(&mut self, slot: Slot, tagged: Tagged) {
        let Tagged { status, code, text, .. } = tagged;
        let status = match (status, &slot.command) {
            // It has no data that could be missing, and what follows is compressed in any case.
            (TaggedStatus::Ok, Command::Compress) => CompletionStatus::Ok,
            (TaggedStatus::Ok, _) if slot.in_doubt() => CompletionStatus::InDoubt,
            (TaggedStatus::Ok, _) => CompletionStatus::Ok,
            // A tagged BYE is how one server answers LOGOUT (wp.pl).
            (TaggedStatus::Bye, Command::Logout) => CompletionStatus::Ok,
            (TaggedStatus::No | TaggedStatus::Bye, _) => CompletionStatus::No,
            (TaggedStatus::Bad, _) => CompletionStatus::Bad,
            (TaggedStatus::Missing, _) => CompletionStatus::Unclear,
        };
        self.change_state(&slot.command, status);
        if status == CompletionStatus::Ok {
            self.infer_enabled(&slot);
        }
        match (&slot.command, status) {
            (Command::Notify(notify), CompletionStatus::Ok) => self.numbers_float = notify.watches_at_once(),
            // It may be in force or not.
            (Command::Notify(notify), CompletionStatus::InDoubt | CompletionStatus::Unclear) => {
                self.numbers_float |= notify.watches_at_once();
            }
            _ => {}
        }
        if let Some(code) = &code {
            self.apply_code(code);
        }
        let logged_out = matches!(slot.command, Command::Logout);
        if matches!(slot.command, Command::Compress) && status == CompletionStatus::Ok {
            self.compression = Compression::Agreed;
            self.events.push_back(Event::CompressionAgreed);
        }
        self.events
            .push_back(Event::Done { command: slot.id, completion: Completion { status, code, text } });
        if logged_out {
            return self.close(Closed::LoggedOut);
        }
        self.pump();
    }

    /// The state after a command has ended. Its response code comes after this, since it speaks of the new state.
    fn change_state(&mut self, command: &Command, status: CompletionStatus) {
        let ok = status == CompletionStatus::Ok;
        let state = std::mem::replace(&mut self.state, State::Closed);
        self.state = match (command, state) {
            (Command::Login { .. } | Command::Authenticate { .. }, _) if ok => {
                // The list from before the login is stale, unless the server has sent a new one along.
                if !self.heard_since_login {
                    self.capabilities = None;
                }
                State::Authenticated
            }
            (Command::Select { .. } | Command::Examine { .. }, State::Selecting(_, selected)) if ok => {
                self.was_selected = true;
                State::Selected(selected)
            }
            // A failed SELECT leaves no mailbox selected (RFC 9051 section 6.3.2).
            (Command::Select { .. } | Command::Examine { .. }, State::Selecting(..) | State::Selected(_)) => {
                State::Authenticated
            }
            (Command::Close | Command::Unselect, State::Selecting(..) | State::Selected(_)) if ok => {
                State::Authenticated
            }
            (_, state) => state,
        };
    }

    pub(super) fn context(&self) -> Context {
        Context { nesting: self.limits.nesting, names: self.names }
    }
}
