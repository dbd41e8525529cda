use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How fast commands may come. As many as a second holds may come at once; then each waits for its turn.
pub(super) struct Pace {
    interval: Duration,
    /// When all commands so far would have come at the fastest steady pace.
    paid_until: Instant,
}

impl Pace {
    pub(super) fn new(per_second: u32) -> Self {
        Self { interval: Duration::from_secs(1) / per_second.max(1), paid_until: Instant::now() }
    }

    /// Waits for the turn of one command.
    pub(super) async fn keep(&mut self) {
        let now = Instant::now();
        self.paid_until = self.paid_until.max(now) + self.interval;
        let ahead = self.paid_until - now;
        if let Some(wait) = ahead.checked_sub(Duration::from_secs(1)) {
            sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_of_commands_is_free_and_the_rest_waits() {
        let mut pace = Pace::new(10);
        let start = Instant::now();
        for _ in 0..10 {
            pace.keep().await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..20 {
            pace.keep().await;
        }
        // The clock of the tests turns in whole milliseconds.
        assert_eq!(start.elapsed().as_millis() / 10, 200);
    }
}
