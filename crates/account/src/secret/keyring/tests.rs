use super::*;

fn told(error: &KeyringError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}

#[cfg(all(feature = "keyring", unix, not(target_os = "macos")))]
mod real;

#[cfg(feature = "keyring")]
mod built {
    use std::sync::Arc;

    use keyring_core::{Error, mock};
    use tayori_proto::types::Secret;

    use super::*;

    fn keyring() -> (Keyring, Arc<mock::Store>) {
        let store = mock::Store::new().unwrap();
        (Keyring { store: store.clone() }, store)
    }

    fn outcome(result: Result<Zeroizing<Vec<u8>>, KeyringError>) -> String {
        result.map_or_else(|err| told(&err), |secret| format!("ok {}", String::from_utf8_lossy(&secret)))
    }

    #[test]
    fn an_entry_is_written_read_and_removed() {
        let (keyring, _store) = keyring();
        let missing = "the keyring has no entry with service \"tayori\" and username \"it's\"; \
                       secret-tool store --label=tayori service tayori username 'it'\\''s' adds it";
        if cfg!(all(unix, not(target_os = "macos"))) {
            assert_eq!(outcome(keyring.read("tayori", "it's")), missing);
        }
        keyring.write("tayori", "it's", &Secret::new("hunter2").unwrap()).unwrap();
        assert_eq!(outcome(keyring.read("tayori", "it's")), "ok hunter2");
        keyring.write("tayori", "it's", &Secret::new("other").unwrap()).unwrap();
        assert_eq!(outcome(keyring.read("tayori", "it's")), "ok other");
        keyring.remove("tayori", "it's").unwrap();
        assert!(matches!(keyring.read("tayori", "it's"), Err(KeyringError::Missing { .. })));
        assert!(matches!(keyring.remove("tayori", "it's"), Err(KeyringError::Missing { .. })));
    }

    /// What a keyring says in its own words, each with what to do about it.
    #[test]
    fn each_failure_has_its_own_error() {
        let (keyring, store) = keyring();
        let check = |failure: Error, expected: &str| {
            let entry = keyring_core::api::CredentialStoreApi::build(&*store, "s", "u", None).unwrap();
            entry.set_password("x").unwrap();
            entry.as_any().downcast_ref::<mock::Cred>().unwrap().set_error(failure);
            assert_eq!(outcome(keyring.read("s", "u")), expected);
        };
        check(
            Error::NoStorageAccess("dismissed".into()),
            "the keyring is locked, and was not unlocked; unlock it, or log in to the desktop, and try again",
        );
        check(
            Error::Ambiguous(Vec::new()),
            "the keyring has 0 entries with service \"s\" and username \"u\"; \
             remove all but one of them, or name another service",
        );
        check(Error::PlatformFailure("broken".into()), "the keyring failed");
        check(Error::BadEncoding(b"hunter2".to_vec()), "the keyring failed");
        check(
            Error::TooLong("user".into(), 5),
            "the keyring does not take it: user has more than 5 characters",
        );
        check(Error::Invalid("user".into(), "is odd".into()), "the keyring does not take it: user is odd");
    }

    /// Some errors of the library carry the secret itself.
    #[test]
    fn no_error_carries_the_secret() {
        for error in
            [Error::BadEncoding(b"hunter2".to_vec()), Error::BadDataFormat(b"hunter2".to_vec(), "odd".into())]
        {
            let told = format!("{:?}", told(error, "s", "u"));
            assert!(!told.contains("hunter2") && !told.contains("104, 117"), "{told}");
        }

        fn told(error: Error, service: &str, user: &str) -> KeyringError {
            super::super::told(error, service, user)
        }
    }
}

#[cfg(not(feature = "keyring"))]
#[test]
fn without_support_the_error_says_so() {
    assert_eq!(
        told(&Keyring::open().unwrap_err()),
        "this program was built without support for keyrings; \
         use password-command, password-file or password-env"
    );
}

/// A keyring that asks somebody who is not there.
#[tokio::test(start_paused = true)]
async fn a_keyring_that_does_not_answer() {
    let (open, waiting) = std::sync::mpsc::channel::<()>();
    let limit = Duration::from_secs(300);
    let answer = bounded(limit, move || {
        // Until the test is over.
        let _ = waiting.recv();
        Ok(())
    });
    let error = answer.await.unwrap_err();
    drop(open);
    assert_eq!(
        told(&error),
        "the keyring had not answered after 300 seconds; it may ask on a screen; unlock it there"
    );
}
