//! Nothing of what clients send or read gets into the log, however much of the log is kept.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::common::Scene;

/// Keeps all that is logged, of any crate and at any level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.lock().unwrap().push_str(&format!("{field}={value:?} "));
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test(start_paused = true)]
async fn no_password_and_no_mail_text_is_logged() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let mut scene = Scene::new();
    scene.connect(tayori_server::Privacy::Private).await;
    let client = &mut scene.clients[0];
    // Each of the words in capitals is nobody's business.
    for line in [
        "a LOGIN ann WRONG",
        "b AUTHENTICATE PLAIN",
        "AFdST05HAFdST05H",
        "c LOGIN ann {20000}",
        // As a client goes on that has not understood that its literal is not wanted.
        "ann SECRET",
        "SECRET SECRET SECRET",
        "{7+}\r\nSECRET!",
        "d LOGIN ann \"SECRET",
        "e LOGIN ann secret",
        "f APPEND INBOX {33+}\r\nSubject: PRIVATE\r\n\r\nCONFIDENTIAL.",
        "g APPEND PRIVATE {33+}\r\nSubject: PRIVATE\r\n\r\nCONFIDENTIAL.",
        "h SELECT INBOX",
        "i FETCH 1 (ENVELOPE BODYSTRUCTURE BODY[])",
        "j SEARCH TEXT CONFIDENTIAL",
        "k SEARCH TEXT {12+}\r\nCONFIDENTIAL",
        "l PRIVATE CONFIDENTIAL",
        "m LOGOUT",
    ] {
        client.ask(line).await;
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        client.hear().await;
    }
    let log = log.0.lock().unwrap().to_lowercase();
    // It is the log of this session.
    assert!(log.contains("logged in") && log.contains("command=append"), "{log}");
    for word in ["wrong", "secret", "wrst05h", "private", "confidential"] {
        assert!(!log.contains(word), "{word} in {log}");
    }
}
