use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use tayori_proto::types::Secret;

/// Who may log in, and whose mail each of them sees.
///
/// Only digests are kept. A check looks at all of them, and compares in a time that tells nothing of where a name or
/// a password differs, nor of whether there is such a user.
pub struct Logins<S> {
    logins: Vec<Login<S>>,
}

struct Login<S> {
    digest: [u8; 32],
    store: Arc<S>,
}

impl<S> Logins<S> {
    /// One user.
    pub fn one(user: &str, password: &Secret, store: S) -> Self {
        Self { logins: Vec::new() }.and(user, password, store)
    }

    /// The same and one more. Of two with one name and password, the first counts.
    #[must_use]
    pub fn and(mut self, user: &str, password: &Secret, store: S) -> Self {
        let digest = digest(user.as_bytes(), password.expose());
        self.logins.push(Login { digest, store: Arc::new(store) });
        self
    }

    pub(crate) fn check(&self, user: &[u8], password: &[u8]) -> Option<Arc<S>> {
        let given = digest(user, password);
        let (mut found, mut index) = (Choice::from(0), 0_u32);
        for (candidate, login) in (0_u32..).zip(&self.logins) {
            let matches = login.digest.ct_eq(&given) & !found;
            index.conditional_assign(&candidate, matches);
            found |= matches;
        }
        let login = self.logins.get(index as usize)?;
        bool::from(found).then(|| Arc::clone(&login.store))
    }
}

/// The length in front keeps a user `a` with the password `bc` apart from `ab` with `c`.
fn digest(user: &[u8], password: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update((user.len() as u64).to_be_bytes());
    digest.update(user);
    digest.update(password);
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text).unwrap()
    }

    #[test]
    fn each_user_gets_their_own_store() {
        let logins =
            Logins::one("ann", &secret("a"), 1).and("bob", &secret("b"), 2).and("bob", &secret("b"), 3);
        let check = |user: &str, password: &str| logins.check(user.as_bytes(), password.as_bytes());
        assert_eq!(check("ann", "a").as_deref(), Some(&1));
        assert_eq!(check("bob", "b").as_deref(), Some(&2));
        for (user, password) in
            [("ann", "b"), ("ann", ""), ("", "a"), ("ann", "aa"), ("Ann", "a"), ("anna", ""), ("an", "na")]
        {
            assert_eq!(check(user, password), None, "{user} {password}");
        }
    }
}
