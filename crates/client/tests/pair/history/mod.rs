//! Random histories of two sessions on one store, against a plain model of the mail.
//!
//! After every step, what the session that acted was told and believes is compared with the model, and a third session
//! looks at all there is. The histories are the same in every run; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for
//! more and for others.

mod deed;
mod model;
mod player;
mod told;

use proptest::test_runner::{Config, RngSeed, TestRunner};
use tayori_proto::command::{Silence, StoreChange};
use tayori_proto::types::Flag;

use crate::harness::within;
use deed::{Deed, Reading, Step, Which, history};
use player::Player;

/// A few seconds.
const CASES: u32 = 64;

#[test]
fn two_sessions_see_what_a_plain_model_says() {
    // The defaults are what the environment says.
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    let outcome = TestRunner::new(config).run(&history(), |steps| {
        play(steps);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

fn play(steps: Vec<Step>) {
    let clock =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    clock.block_on(within(async {
        let mut player = Player::new().await;
        for step in steps {
            player.play(step).await;
        }
        player.finish().await;
    }));
}

/// Which mailbox is open is not a matter of its name: it may have got another one, and another mailbox its old one.
#[test]
fn a_mailbox_stays_open_under_another_name() {
    let by = |actor, deed| Step { actor, deed };
    let renamed = || {
        vec![
            by(0, Deed::Select("a")),
            by(1, Deed::Rename { from: "a", to: "b" }),
            by(1, Deed::Append { to: "b", flags: Default::default(), octets: b"new".to_vec() }),
            by(0, Deed::Fetch { which: Which::All, reading: Reading::Peek }),
        ]
    };
    let mut deletes_itself = renamed();
    deletes_itself.extend([by(0, Deed::Delete("b")), by(0, Deed::Noop)]);
    play(deletes_itself);
    let mut deletes_the_other = renamed();
    deletes_the_other.extend([
        by(1, Deed::Create("a")),
        by(0, Deed::Delete("a")),
        by(
            0,
            Deed::Store {
                which: Which::All,
                change: StoreChange::Add,
                silence: Silence::Answered,
                flags: [Flag::Seen].into(),
            },
        ),
    ]);
    play(deletes_the_other);
}
