//! COMPRESS=DEFLATE (RFC 4978).

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use tayori_server::{Options, Privacy};

use crate::common::{Client, Scene, insert, server};

/// A client that compresses.
struct Deflating {
    client: Client,
    deflate: Compress,
    inflate: Decompress,
}

impl Deflating {
    /// One that is logged in, and has the server's word.
    async fn new(scene: &mut Scene) -> Self {
        scene.log_in().await;
        let mut client = scene.clients.pop().unwrap();
        client.check("c COMPRESS DEFLATE", "c OK compressed from here on\r\n").await;
        Self { client, deflate: Compress::new(Compression::best(), false), inflate: Decompress::new(false) }
    }

    fn deflated(&mut self, text: impl AsRef<[u8]>) -> Vec<u8> {
        let text = text.as_ref();
        let mut deflated = Vec::with_capacity(text.len() * 2 + 1000);
        self.deflate.compress_vec(text, &mut deflated, FlushCompress::Sync).unwrap();
        deflated
    }

    async fn say(&mut self, text: impl AsRef<[u8]>) {
        let deflated = self.deflated(text);
        self.client.say(deflated).await;
    }

    async fn hear(&mut self) -> String {
        let mut heard = self.client.hear_octets().await;
        let closed = heard.ends_with(b"(closed)\r\n");
        if closed {
            heard.truncate(heard.len() - b"(closed)\r\n".len());
        }
        let start = self.inflate.total_in();
        let mut inflated = Vec::with_capacity(4 << 20);
        self.inflate.decompress_vec(&heard, &mut inflated, FlushDecompress::Sync).unwrap();
        assert_eq!(self.inflate.total_in() - start, heard.len() as u64);
        let closed = if closed { "(closed)\r\n" } else { "" };
        String::from_utf8(inflated).unwrap() + closed
    }

    async fn ask(&mut self, line: &str) -> String {
        self.say(format!("{line}\r\n")).await;
        self.hear().await
    }
}

#[tokio::test(start_paused = true)]
async fn both_directions() {
    let mut scene = Scene::new();
    scene.mails(&[&[]]);
    let mut client = Deflating::new(&mut scene).await;
    assert_eq!(client.ask("a NOOP").await, "a OK nothing done\r\n");
    let listed = client.ask("b CAPABILITY").await;
    assert!(listed.contains(" IDLE ") && !listed.contains("COMPRESS"), "{listed}");
    assert_eq!(
        client.ask("c COMPRESS DEFLATE").await,
        "c NO [COMPRESSIONACTIVE] DEFLATE is active already\r\n"
    );
    assert!(client.ask("d SELECT INBOX").await.ends_with("d OK [READ-WRITE] opened\r\n"));
    // News come at once.
    assert_eq!(client.ask("e IDLE").await, "+ idling\r\n");
    insert(&scene.store, "INBOX", &[], "hello");
    assert_eq!(client.hear().await, "* 2 EXISTS\r\n* 2 RECENT\r\n");
    assert_eq!(client.ask("DONE").await, "e OK no longer idling\r\n");
    assert_eq!(client.ask("f LOGOUT").await, "* BYE see you\r\nf OK logged out\r\n(closed)\r\n");
}

/// Messages in both directions, and what comes octet by octet.
#[tokio::test(start_paused = true)]
async fn large_and_small_pieces() {
    let mut scene = Scene::new();
    let mut client = Deflating::new(&mut scene).await;
    let mail = format!("Subject: a\r\n\r\n{}", "A line of text.\r\n".repeat(60_000));
    let command = client.deflated(format!("a APPEND INBOX {{{}+}}\r\n{mail}\r\n", mail.len()));
    // It is much smaller, so all of it fits into the pipe.
    assert!(command.len() < 20_000);
    client.client.say(command).await;
    assert_eq!(client.hear().await, "a OK [APPENDUID 7 1] appended\r\n");
    client.ask("b SELECT INBOX").await;
    let heard = client.ask("c FETCH 1 BODY[]").await;
    assert!(
        heard
            == format!(
                "* 1 FETCH (BODY[] {{{}}}\r\n{mail} FLAGS (\\Seen \\Recent))\r\nc OK fetched\r\n",
                mail.len()
            )
    );
    for octet in client.deflated("d NOOP\r\ne NOOP\r\n") {
        client.client.say([octet]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(client.hear().await, "d OK nothing done\r\ne OK nothing done\r\n");
}

/// A client that does not wait for the answer is not understood, neither as plain nor as compressed.
#[tokio::test(start_paused = true)]
async fn what_is_sent_too_early() {
    for early in [&b"b NOOP\r\n"[..], &[0x00], &[0xff; 100]] {
        let mut scene = Scene::logged_in().await;
        scene.clients[0].say([b"a COMPRESS DEFLATE\r\n", early].concat()).await;
        assert_eq!(scene.clients[0].hear().await, "a OK compressed from here on\r\n(closed)\r\n");
    }
}

/// What cannot be inflated ends the connection, and so does the end of the client's stream.
#[tokio::test(start_paused = true)]
async fn what_is_not_compressed() {
    let mut scene = Scene::new();
    for octets in [&b"a NOOP\r\n"[..], &[0xff; 100], &[0x03, 0x00]] {
        let mut client = Deflating::new(&mut scene).await;
        client.client.say(octets).await;
        let heard = client.hear().await;
        assert!(heard.ends_with("(closed)\r\n") && !heard.contains("OK"), "{heard}");
    }
}

/// Limits are about what was inflated: few octets that become many buy nothing.
#[tokio::test(start_paused = true)]
async fn octets_that_become_many() {
    let mut scene = Scene::new();
    let mut client = Deflating::new(&mut scene).await;
    let command = client.deflated(vec![b'x'; 16 << 20]);
    assert!(command.len() < 40_000, "{}", command.len());
    client.client.say(command).await;
    assert_eq!(client.hear().await, "* BYE the command is too long\r\n(closed)\r\n");
}

#[tokio::test(start_paused = true)]
async fn when_it_is_offered() {
    let (server, _) = server(Options::default());
    let mut client = Client::of(&server, Privacy::Private).await;
    let listed = client.ask("a CAPABILITY").await;
    assert!(!listed.contains("COMPRESS"), "{listed}");
    client.check("b COMPRESS DEFLATE", "b BAD please log in first\r\n").await;
    client.ask("c LOGIN ann secret").await;
    let heard = client.ask("d COMPRESS LZW").await;
    assert!(heard.starts_with("d BAD "), "{heard}");
}
