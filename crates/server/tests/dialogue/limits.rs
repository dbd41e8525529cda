//! What a client may cost.

use std::time::Duration;

use tayori_server::{Literals, Options, Privacy};
use tokio::time::{Instant, sleep};

use crate::common::{Client, Scene, insert};

async fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.connect(Privacy::Private).await;
    scene
}

#[tokio::test(start_paused = true)]
async fn a_command_that_is_too_long_ends_the_connection() {
    let mut options = Options::default();
    options.limits.command_octets = 1000;
    let mut scene = Scene::with(options);
    scene.log_in().await;
    scene
        .play(&format!("C: a NOOP {}\nS: a BAD expected the end of the command at octet 7", "x".repeat(900)))
        .await;
    scene.clients[0].say("x".repeat(2000)).await;
    scene.play("S: * BYE the command is too long\nS: (closed)").await;
}

/// A client in the middle of a word is heard until it pauses: were the connection closed with octets in it that nobody
/// has read, it would be reset, and the last words lost.
#[tokio::test(start_paused = true)]
async fn the_last_words_are_heard_over_the_noise() {
    let mut scene = scene().await;
    scene.clients[0].try_say(vec![b'x'; 2 << 20]).await.unwrap();
    scene.play("S: * BYE the command is too long\nS: (closed)").await;
    sleep(Duration::from_secs(2)).await;
    scene.clients[0].try_say("x").await.unwrap_err();
}

/// One that waits to be asked is told off and goes on; one that comes is read to its end.
#[tokio::test(start_paused = true)]
async fn a_literal_that_is_too_large_is_no_part_of_a_command() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a LOGIN {16385}
             S: a BAD expected a smaller literal at octet 2
             C: b LOGIN ann {16385}
             S: b BAD expected a smaller literal at octet 2
             C: c LOGIN {4294967295}
             S: c BAD expected a smaller literal at octet 2
             C: d NOOP
             S: d OK nothing done",
        )
        .await;
    // Nothing that comes unasked is read for somebody unknown.
    scene.play("C: e LOGIN {16385+}\nS: * BYE the literal is too large\nS: (closed)").await;
    let mut scene = Scene::logged_in().await;
    let name = "x".repeat(20_000);
    scene.clients[0].say(format!("a RENAME {{20000+}}\r\n{name} {{6+}}\r\nsecret\r\nb NOOP\r\n")).await;
    scene.play("S: a BAD expected a smaller literal at octet 2\nS: b OK nothing done").await;
    // So large that it is not worth reading.
    scene.play("C: c CREATE {4000000000+}\nS: * BYE the literal is too large\nS: (closed)").await;
}

/// Literals that are small each are bounded together.
#[tokio::test(start_paused = true)]
async fn many_small_literals_are_one_large_command() {
    let mut scene = Scene::logged_in().await;
    let keys = format!(" SUBJECT {{16000+}}\r\n{}", "x".repeat(16_000)).repeat(80);
    scene.clients[0].say(format!("a SEARCH{keys}\r\nb NOOP\r\n")).await;
    let heard = scene.clients[0].hear().await;
    assert_eq!(heard, "a BAD expected a smaller literal at octet 2\r\nb OK nothing done\r\n");
}

#[tokio::test(start_paused = true)]
async fn many_commands_that_are_none_end_the_connection() {
    let mut scene = scene().await;
    for _ in 0..20 {
        scene.play("C: a NONSENSE\nS: a BAD there is no such command").await;
    }
    scene.play("C: a NONSENSE\nS: * BYE too many commands that cannot be carried out\nS: (closed)").await;
}

#[tokio::test(start_paused = true)]
async fn a_good_command_makes_up_for_bad_ones() {
    let mut scene = scene().await;
    for _ in 0..30 {
        scene.play("C: a NONSENSE\nS: a BAD there is no such command\nC: b NOOP\nS: b OK nothing done").await;
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_the_connection() {
    let mut scene = scene().await;
    scene
        .play(
            "W: 299s\nC: a NOOP\nS: a OK nothing done\nW: 2s\nS: * BYE too long without a login\nS: (closed)",
        )
        .await;
    let mut scene = Scene::logged_in().await;
    scene
        .play("W: 1800s\nC: a NOOP\nS: a OK nothing done\nW: 1860s\nS: * BYE too long without a command\nS: (closed)")
        .await;
}

/// Neither an octet now and then nor a command is a login.
#[tokio::test(start_paused = true)]
async fn who_does_not_log_in_gains_no_time() {
    for word in ["a", "a NOOP\r\n"] {
        let mut scene = scene().await;
        let start = Instant::now();
        let mut heard = String::new();
        while !heard.ends_with("(closed)\r\n") {
            assert!(start.elapsed().as_secs() < 400, "{heard}");
            scene.clients[0].say(word).await;
            sleep(Duration::from_secs(20)).await;
            heard += &scene.clients[0].hear().await;
        }
        assert!(heard.ends_with("* BYE too long without a login\r\n(closed)\r\n"), "{heard}");
    }
}

/// Nor does a command of a client that has logged in take for ever.
#[tokio::test(start_paused = true)]
async fn an_octet_now_and_then_is_no_command() {
    let mut scene = Scene::logged_in().await;
    for _ in 0..4 {
        scene.clients[0].say("a").await;
        sleep(Duration::from_secs(500)).await;
    }
    assert_eq!(scene.clients[0].hear().await, "* BYE too long without a command\r\n(closed)\r\n");
}

/// Who does not take what was asked for is not waited for.
#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_left() {
    let mut scene = Scene::new();
    insert(&scene.store, "INBOX", &[], "x".repeat(1 << 20));
    scene.log_in().await;
    scene.select(1, "INBOX").await;
    scene.clients[0].say("a FETCH 1 BODY[]\r\nb LOGOUT\r\n").await;
    sleep(Duration::from_secs(61)).await;
    let heard = scene.clients[0].hear().await;
    // What the pipe between them holds.
    assert!(heard.starts_with("* 1 FETCH (BODY[] {1048576}\r\nxxx"));
    assert!(heard.ends_with("xxx(closed)\r\n"));
    assert!(heard.len() <= 66_000, "{}", heard.len());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_run_wild_is_slowed_down() {
    let mut options = Options::default();
    options.limits.commands_per_second = 10;
    let mut scene = Scene::with(options);
    scene.connect(Privacy::Private).await;
    let start = Instant::now();
    scene.clients[0].say("a NOOP\r\n".repeat(40)).await;
    let mut heard = String::new();
    while heard.len() < 40 * "a OK nothing done\r\n".len() {
        heard += &scene.clients[0].hear().await;
    }
    assert_eq!(start.elapsed().as_millis() / 1000, 3);
}

/// Whatever a client says of its literals, nothing is set aside for what has not come.
#[tokio::test(start_paused = true)]
async fn numbers_too_large_to_be_any_are_an_error() {
    let mut options = Options::default();
    options.literals = Literals::Plus;
    for line in [
        "a APPEND INBOX {99999999999999999999}",
        "a APPEND INBOX {18446744073709551616+}",
        "a LOGIN {18446744073709551615}",
        "a FETCH 4294967296 FLAGS",
        "a FETCH 1 BODY[]<4294967296.1>",
    ] {
        let mut scene = Scene::with(options.clone());
        scene.log_in().await;
        let heard = scene.clients[0].ask(line).await;
        assert!(
            heard.starts_with("a BAD ") || heard.starts_with("a NO ") || heard.starts_with("* BYE "),
            "{line}: {heard}"
        );
    }
}

mod over_tcp {
    use std::future::pending;
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::oneshot;

    use super::*;
    use crate::common::server;

    async fn hear(stream: &mut TcpStream, until: &str) -> String {
        let mut heard = Vec::new();
        while !heard.ends_with(until.as_bytes()) {
            match stream.read_buf(&mut heard).await {
                Ok(1..) => {}
                end => panic!("{end:?} after {}", heard.escape_ascii()),
            }
        }
        String::from_utf8(heard).unwrap()
    }

    async fn ended(mut stream: TcpStream) {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"", "{}", rest.escape_ascii());
    }

    #[tokio::test]
    async fn one_connection_too_many_is_told_so() {
        let mut options = Options::default();
        options.limits.connections = 2;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let place = listener.local_addr().unwrap();
        let server = server(options).0;
        let running = tokio::spawn(async move { server.run(listener, pending()).await });
        let mut first = TcpStream::connect(place).await.unwrap();
        hear(&mut first, "ready\r\n").await;
        let mut second = TcpStream::connect(place).await.unwrap();
        hear(&mut second, "ready\r\n").await;
        let mut third = TcpStream::connect(place).await.unwrap();
        assert_eq!(hear(&mut third, "\n").await, "* BYE too many connections\r\n");
        ended(third).await;
        // A seat that becomes free is given again.
        first.write_all(b"a LOGOUT\r\n").await.unwrap();
        assert_eq!(hear(&mut first, "out\r\n").await, "* BYE see you\r\na OK logged out\r\n");
        ended(first).await;
        loop {
            let mut fourth = TcpStream::connect(place).await.unwrap();
            if hear(&mut fourth, "\n").await.starts_with("* OK ") {
                break;
            }
        }
        running.abort();
    }

    #[tokio::test]
    async fn when_the_server_ends_it_says_goodbye() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let place = listener.local_addr().unwrap();
        let server = server(Options::default()).0;
        let (end, ending) = oneshot::channel::<()>();
        let running = tokio::spawn(async move { server.run(listener, async { drop(ending.await) }).await });
        let mut waiting = TcpStream::connect(place).await.unwrap();
        hear(&mut waiting, "ready\r\n").await;
        let mut idling = TcpStream::connect(place).await.unwrap();
        hear(&mut idling, "ready\r\n").await;
        idling.write_all(b"a LOGIN ann secret\r\nb SELECT INBOX\r\nc IDLE\r\n").await.unwrap();
        hear(&mut idling, "+ idling\r\n").await;
        end.send(()).unwrap();
        for mut client in [waiting, idling] {
            assert_eq!(hear(&mut client, "\n").await, "* BYE the server is ending\r\n");
            ended(client).await;
        }
        running.await.unwrap().unwrap();
        assert!(TcpStream::connect(place).await.is_err());
    }

    /// What a server does not have to wait for, it does not wait for.
    #[tokio::test]
    async fn a_client_that_is_gone_frees_its_seat() {
        let mut options = Options::default();
        options.limits.connections = 1;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let place = listener.local_addr().unwrap();
        let server = server(options).0;
        let running = tokio::spawn(async move { server.run(listener, pending()).await });
        for _ in 0..3 {
            loop {
                let mut client = TcpStream::connect(place).await.unwrap();
                if hear(&mut client, "\n").await.starts_with("* OK ") {
                    break;
                }
            }
        }
        running.abort();
    }

    /// The same server takes clients that do not come through a listener.
    #[tokio::test]
    async fn a_stream_of_ones_own_is_served() {
        let server = server(Options::default()).0;
        let mut client = Client::of(&server, Privacy::Private).await;
        assert_eq!(client.ask("a NOOP").await, "a OK nothing done\r\n");
    }
}
