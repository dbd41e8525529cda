//! Every target of `tayori_testkit::fuzz`, with the files of its corpus and with seeded mutations. See
//! `docs/testing.md`.

mod consistency;
mod drive;

use drive::{mutate, replay};

/// A module for each target, so that they run side by side.
macro_rules! targets {
    ($($name:ident)*) => {
        $(mod $name {
            #[test]
            fn corpus() {
                super::replay(stringify!($name));
            }

            #[test]
            fn mutations() {
                super::mutate(stringify!($name));
            }
        })*

        const TESTED: &[&str] = &[$(stringify!($name)),*];
    };
}

targets! { framer response command session server pair utf7 sasl sets }
