//! A longer line to the server: each direction is delayed by half a round trip, and round trips are counted.
//!
//! There is no slow start, no loss and no limit of the rate: a real line is slower, never faster.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What is read at once.
const CHUNK: usize = 64 * 1024;

/// How many chunks may be under way in one direction: 32 MiB at most.
const CHUNKS: usize = 512;

/// How long connections may take to end after the program that made them.
const SETTLE: Duration = Duration::from_secs(10);

/// What went over the line since the last look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) connections: u32,
    /// One for each TCP connection made, and one for each time that the client spoke first or after the server
    /// had spoken. The TLS handshake is so counted as its turns; a last word that nobody waits for counts too.
    pub(super) round_trips: u32,
}

pub(super) struct Proxy {
    port: u16,
    state: Arc<State>,
    listener: Option<JoinHandle<()>>,
}

struct State {
    target: u16,
    rtt: Duration,
    stopped: AtomicBool,
    open: AtomicU32,
    connections: AtomicU32,
    round_trips: AtomicU32,
}

impl Proxy {
    /// Listens on loopback and passes on to a port there.
    pub(super) fn start(target: u16, rtt: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State {
            target,
            rtt,
            stopped: AtomicBool::new(false),
            open: AtomicU32::new(0),
            connections: AtomicU32::new(0),
            round_trips: AtomicU32::new(0),
        });
        let listening = {
            let state = Arc::clone(&state);
            thread::spawn(move || listen(&listener, &state))
        };
        Ok(Self { port, state, listener: Some(listening) })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Waits until all connections have ended, within a bound, and begins to count anew.
    pub(super) fn take_counts(&self) -> Counts {
        let deadline = Instant::now() + SETTLE;
        while self.state.open.load(Ordering::SeqCst) > 0 && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        Counts {
            connections: self.state.connections.swap(0, Ordering::SeqCst),
            round_trips: self.state.round_trips.swap(0, Ordering::SeqCst),
        }
    }
}

impl Drop for Proxy {
    /// Connections end with their two ends; only the listener has to be told.
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        // Wakes it up.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

fn listen(listener: &TcpListener, state: &Arc<State>) {
    for client in listener.incoming() {
        if state.stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(client) = client else { continue };
        state.open.fetch_add(1, Ordering::SeqCst);
        state.connections.fetch_add(1, Ordering::SeqCst);
        state.round_trips.fetch_add(1, Ordering::SeqCst);
        let state = Arc::clone(state);
        thread::spawn(move || {
            // A connection that breaks is the client's to notice.
            let _ = connect(client, &state);
            state.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

fn connect(client: TcpStream, state: &Arc<State>) -> io::Result<()> {
    client.set_nodelay(true)?;
    // The client's connect has already succeeded; what TCP would have waited for is waited for now.
    thread::sleep(state.rtt);
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, state.target))?;
    server.set_nodelay(true)?;
    let half = state.rtt / 2;
    // At first it is the client's turn in any case.
    let turn = Arc::new(AtomicBool::new(true));

    let up = {
        let (from, to) = (client.try_clone()?, server.try_clone()?);
        let (turn, state) = (Arc::clone(&turn), Arc::clone(state));
        let arrived = move || {
            if turn.swap(false, Ordering::SeqCst) {
                state.round_trips.fetch_add(1, Ordering::SeqCst);
            }
        };
        thread::spawn(move || pump(from, to, half, arrived, || {}))
    };
    pump(server, client, half, || {}, move || turn.store(true, Ordering::SeqCst));
    let _ = up.join();
    Ok(())
}

/// Passes octets on, each chunk when its time has come, until one end is gone.
fn pump(
    mut from: TcpStream,
    to: TcpStream,
    delay: Duration,
    arrived: impl Fn(),
    delivered: impl Fn() + Send + 'static,
) {
    let (chunks, waiting) = sync_channel(CHUNKS);
    let source = from.try_clone();
    let writer = thread::spawn(move || {
        if deliver(&waiting, &to, &delivered).is_err()
            && let Ok(source) = source
        {
            // Nobody takes it any more: the reader must not wait for more of it.
            let _ = source.shutdown(Shutdown::Read);
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    let _ = collect(&mut from, &chunks, delay, &arrived);
    drop(chunks);
    let _ = writer.join();
}

type Chunk = (Instant, Vec<u8>);

fn collect(
    from: &mut TcpStream,
    chunks: &SyncSender<Chunk>,
    delay: Duration,
    arrived: &impl Fn(),
) -> io::Result<()> {
    let mut block = vec![0; CHUNK];
    loop {
        let length = from.read(&mut block)?;
        if length > 0 {
            arrived();
        }
        // The end takes its time too: it goes as a chunk without octets.
        let sent = chunks.send((Instant::now() + delay, block[..length].to_vec()));
        if length == 0 || sent.is_err() {
            return Ok(());
        }
    }
}

fn deliver(chunks: &Receiver<Chunk>, mut to: &TcpStream, delivered: &impl Fn()) -> io::Result<()> {
    for (due, octets) in chunks {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        delivered();
        to.write_all(&octets)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTT: Duration = Duration::from_millis(40);

    /// A server that answers each octet with one, and its port.
    fn echo() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback is there");
        let port = listener.local_addr().expect("it is bound").port();
        thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let mut octet = [0];
                while stream.read_exact(&mut octet).is_ok() && stream.write_all(&octet).is_ok() {}
            }
        });
        port
    }

    fn exchange(stream: &mut TcpStream) {
        let mut octet = [7];
        stream.write_all(&octet).expect("the line is open");
        stream.read_exact(&mut octet).expect("the line is open");
        assert_eq!(octet, [7]);
    }

    #[test]
    fn each_round_trip_takes_its_time_and_is_counted() {
        let proxy = Proxy::start(echo(), RTT).expect("loopback is there");
        let started = Instant::now();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).expect("it listens");
        for _ in 0..3 {
            exchange(&mut stream);
        }
        let took = started.elapsed();
        drop(stream);
        // One for the connection and three for the exchanges. There is no upper bound on a busy machine, but a
        // line of twice the length would be noticed.
        assert!(took >= 4 * RTT, "{took:?}");
        assert!(took < 8 * RTT || took > Duration::from_secs(1), "{took:?}");
        assert_eq!(proxy.take_counts(), Counts { connections: 1, round_trips: 4 });
        assert_eq!(proxy.take_counts(), Counts::default());
    }

    #[test]
    fn what_is_sent_at_once_is_one_round_trip() {
        let proxy = Proxy::start(echo(), RTT).expect("loopback is there");
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).expect("it listens");
        let sent = vec![1; 1000];
        let mut writer = stream.try_clone().expect("a socket can be cloned");
        let writing = thread::spawn(move || writer.write_all(&sent));
        let mut found = vec![0; 1000];
        stream.read_exact(&mut found).expect("the line is open");
        assert!(found.iter().all(|&octet| octet == 1));
        writing.join().expect("it does not panic").expect("the line is open");
        drop(stream);
        assert_eq!(proxy.take_counts(), Counts { connections: 1, round_trips: 2 });
    }

    #[test]
    fn a_line_to_nowhere_ends() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback is there");
        let nowhere = listener.local_addr().expect("it is bound").port();
        drop(listener);
        let proxy = Proxy::start(nowhere, RTT).expect("loopback is there");
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).expect("it listens");
        let mut octet = [0];
        assert!(!matches!(stream.read(&mut octet), Ok(1)));
        assert_eq!(proxy.take_counts(), Counts { connections: 1, round_trips: 1 });
    }
}
