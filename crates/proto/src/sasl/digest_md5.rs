use md5::{Digest, Md5};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Bound, Breach, Credentials, Doubt, Identity, Nonce, Problem, Unusable, credentials, hash};
use crate::limits::DIGEST_MD5_CHALLENGE_OCTETS;
use crate::types::{SaslMessage, Secret};

/// `DIGEST-MD5` (RFC 2831), moved to historic by RFC 6331: initial authentication with `qop=auth`, and nothing else of
/// it.
///
/// `service` is the first half of what is meant to be logged in to, `imap`.
pub(super) fn begin(
    credentials: &Credentials,
    service: &str,
    host: &str,
    nonce: Nonce,
) -> Result<Unasked, Problem> {
    let (user, password, act_as) = credentials.with_password()?;
    credentials::utf8(password)?;
    if !credentials::is_host(host) {
        return Err(Unusable::Host.into());
    }
    Ok(Unasked {
        user: user.clone(),
        password: password.clone(),
        act_as: act_as.cloned(),
        uri: format!("{service}/{host}"),
        nonce,
    })
}

/// Whether these credentials can be used.
pub(super) fn fits(credentials: &Credentials) -> Result<(), Problem> {
    let (_, password, _) = credentials.with_password()?;
    credentials::utf8(password).map(drop)
}

/// What waits for the server's challenge.
pub(super) struct Unasked {
    user: Identity,
    password: Secret,
    act_as: Option<Identity>,
    uri: String,
    nonce: Nonce,
}

/// What waits for the server's proof.
pub(super) struct Answered {
    /// What `rspauth` has to be, in hexadecimal.
    proof: Zeroizing<String>,
}

impl Unasked {
    /// Answers `digest-challenge` with `digest-response` (RFC 2831 sections 2.1.1 and 2.1.2).
    pub(super) fn answer(self, challenge: &[u8]) -> Result<(SaslMessage, Answered), Problem> {
        let asked = Challenge::parse(challenge)?;
        let charset = asked.charset;
        let password = credentials::utf8(&self.password)?;
        let realm = asked.realm(self.user.as_str());

        let user_hashed = charset.hashed(self.user.as_str()).ok_or(Unusable::Charset)?;
        let password = charset.hashed(password).ok_or(Unusable::Charset)?;
        let realm_hashed = realm.map(|realm| charset.realm_hashed(realm)).unwrap_or_default();
        let account = md5(&[&user_hashed, b":", &realm_hashed, b":", &password]);
        let (nonce, own) = (&asked.nonce, self.nonce.as_str().as_bytes());
        let act_as = self.act_as.as_ref().map(|identity| quoted(identity.as_str().as_bytes()));
        let a1 = match &self.act_as {
            None => md5(&[&*account, b":", nonce, b":", own]),
            Some(act_as) => md5(&[&*account, b":", nonce, b":", own, b":", act_as.as_str().as_bytes()]),
        };
        let a1 = hash::hex(&a1);
        let digest = |a2: &str| {
            let a2 = hash::hex(&md5(&[a2.as_bytes(), self.uri.as_bytes()]));
            hash::hex(&md5(&[a1.as_bytes(), b":", nonce, b":00000001:", own, b":auth:", a2.as_bytes()]))
        };

        let mut message = match charset {
            Charset::Utf8 => b"charset=utf-8,".to_vec(),
            Charset::Latin1 => Vec::new(),
        };
        message.extend(
            [b"username=", &*quoted(&charset.sent(self.user.as_str()).ok_or(Unusable::Charset)?)].concat(),
        );
        if let Some(realm) = realm {
            message.extend([b",realm=", &*quoted(realm)].concat());
        }
        let response = digest("AUTHENTICATE:");
        for piece in [
            &b",nonce="[..],
            &quoted(nonce),
            b",nc=00000001,cnonce=",
            &quoted(own),
            b",digest-uri=",
            &quoted(self.uri.as_bytes()),
            b",response=",
            response.as_bytes(),
            b",qop=auth",
        ] {
            message.extend(piece);
        }
        if let Some(act_as) = act_as {
            message.extend([b",authzid=", &*act_as].concat());
        }
        Ok((SaslMessage::new(message), Answered { proof: digest(":") }))
    }
}

impl Answered {
    /// Checks `response-auth` (RFC 2831 section 2.1.3): only who knows the password, or a hash of it, can send the
    /// right one.
    pub(super) fn check(&self, challenge: &[u8]) -> Result<(), Problem> {
        let mut proof = None;
        for (name, value) in directives(challenge)? {
            if name.eq_ignore_ascii_case(b"rspauth") && proof.replace(value).is_some() {
                return Err(Breach::Repeated { what: "rspauth" }.into());
            }
        }
        let proof = proof.ok_or(Breach::Missing { what: "rspauth" })?;
        if bool::from(proof.ct_eq(self.proof.as_bytes())) { Ok(()) } else { Err(Doubt::WrongProof.into()) }
    }
}

/// How names and passwords are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Charset {
    /// ISO 8859-1: the server says nothing else.
    Latin1,
    /// UTF-8; what has only characters of ISO 8859-1 is hashed as that all the same (RFC 2831 section 2.1.2.1).
    Utf8,
}

impl Charset {
    /// A text as it is hashed.
    fn hashed(self, text: &str) -> Option<Zeroizing<Vec<u8>>> {
        let mut octets = Zeroizing::new(Vec::with_capacity(text.len()));
        for character in text.chars() {
            match u8::try_from(u32::from(character)) {
                Ok(octet) => octets.push(octet),
                Err(_) if self == Self::Utf8 => return Some(Zeroizing::new(text.as_bytes().to_vec())),
                Err(_) => return None,
            }
        }
        Some(octets)
    }

    /// A text as it is sent.
    fn sent(self, text: &str) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Utf8 => Some(Zeroizing::new(text.as_bytes().to_vec())),
            Self::Latin1 => self.hashed(text),
        }
    }

    /// The server's realm as it is hashed. What is not UTF-8, though the server said so, is hashed as it is.
    fn realm_hashed(self, realm: &[u8]) -> Vec<u8> {
        match (self, std::str::from_utf8(realm)) {
            (Self::Utf8, Ok(text)) => self.hashed(text).map_or_else(Vec::new, |octets| octets.to_vec()),
            _ => realm.to_vec(),
        }
    }
}

/// `digest-challenge` (RFC 2831 section 2.1.1), without what only matters for layers that are not spoken here.
struct Challenge {
    realms: Vec<Vec<u8>>,
    nonce: Vec<u8>,
    charset: Charset,
}

impl Challenge {
    fn parse(challenge: &[u8]) -> Result<Self, Problem> {
        if challenge.len() >= DIGEST_MD5_CHALLENGE_OCTETS {
            let most = DIGEST_MD5_CHALLENGE_OCTETS - 1;
            return Err(Bound::Challenge { octets: challenge.len(), most }.into());
        }
        let (mut realms, mut nonce, mut qop, mut charset, mut algorithm) =
            (Vec::new(), None, None, None, None);
        let (mut stale, mut maxbuf) = (None, None);
        for (name, value) in directives(challenge)? {
            let (what, place) = match &*name.to_ascii_lowercase() {
                b"realm" => {
                    realms.push(value);
                    continue;
                }
                b"nonce" => ("nonce", &mut nonce),
                b"qop" => ("qop", &mut qop),
                b"charset" => ("charset", &mut charset),
                b"algorithm" => ("algorithm", &mut algorithm),
                b"stale" => ("stale", &mut stale),
                b"maxbuf" => ("maxbuf", &mut maxbuf),
                // Unknown directives, and those of HTTP, are ignored.
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Breach::Repeated { what }.into());
            }
        }
        let nonce = nonce.filter(|nonce| !nonce.is_empty()).ok_or(Breach::Missing { what: "nonce" })?;
        if !algorithm.is_some_and(|algorithm| algorithm.eq_ignore_ascii_case(b"md5-sess")) {
            return Err(Breach::Missing { what: "algorithm=md5-sess" }.into());
        }
        // Without the directive it is `auth`.
        let offers_auth = qop.is_none_or(|qop| {
            qop.split(|octet| *octet == b',').any(|value| value.trim_ascii().eq_ignore_ascii_case(b"auth"))
        });
        if !offers_auth {
            return Err(Breach::Missing { what: "qop=auth" }.into());
        }
        let charset = match charset {
            None => Charset::Latin1,
            Some(value) if value.eq_ignore_ascii_case(b"utf-8") => Charset::Utf8,
            Some(_) => return Err(Breach::Missing { what: "charset=utf-8" }.into()),
        };
        Ok(Self { realms, nonce, charset })
    }

    /// The realm to log in to: what stands behind the `@` of the user name, if that is one of several, else the first.
    fn realm(&self, user: &str) -> Option<&[u8]> {
        let domain = user.rsplit_once('@').map(|(_, domain)| domain.as_bytes());
        let own =
            self.realms.iter().find(|realm| domain.is_some_and(|domain| realm.eq_ignore_ascii_case(domain)));
        own.or(self.realms.first()).map(Vec::as_slice)
    }
}

/// A name as it came, and a value without its quotation marks.
type Directive<'a> = (&'a [u8], Vec<u8>);

/// `1#( name "=" ( token / quoted-string ) )` (RFC 2831 section 7.1): commas may stand alone, blanks anywhere between
/// words.
fn directives(octets: &[u8]) -> Result<Vec<Directive<'_>>, Breach> {
    let mut words = Words { octets, at: 0 };
    let mut directives = Vec::new();
    loop {
        while words.skip_blanks() && words.take(b',') {}
        if words.is_at_end() {
            return Ok(directives);
        }
        let name = words.token("a directive")?;
        words.skip_blanks();
        if !words.take(b'=') {
            return Err(words.expected("="));
        }
        words.skip_blanks();
        let value = if words.take(b'"') { words.quoted_rest()? } else { words.token("a value")?.to_vec() };
        directives.push((name, value));
        words.skip_blanks();
        if !words.is_at_end() && !words.take(b',') {
            return Err(words.expected(","));
        }
    }
}

struct Words<'a> {
    octets: &'a [u8],
    /// At most the length of `octets`.
    at: usize,
}

impl<'a> Words<'a> {
    fn expected(&self, what: &'static str) -> Breach {
        Breach::Expected { what, at: self.at }
    }

    fn is_at_end(&self) -> bool {
        self.at == self.octets.len()
    }

    fn next(&mut self) -> Option<u8> {
        let octet = *self.octets.get(self.at)?;
        self.at += 1;
        Some(octet)
    }

    fn take(&mut self, octet: u8) -> bool {
        let found = self.octets.get(self.at) == Some(&octet);
        self.at += usize::from(found);
        found
    }

    /// Always true, for a condition of a loop.
    fn skip_blanks(&mut self) -> bool {
        while [b' ', b'\t', b'\r', b'\n'].into_iter().any(|blank| self.take(blank)) {}
        true
    }

    fn token(&mut self, what: &'static str) -> Result<&'a [u8], Breach> {
        let rest = &self.octets[self.at..];
        let is_token = |octet: &u8| octet.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(octet);
        let length = rest.iter().take_while(|octet| is_token(octet)).count();
        if length == 0 {
            return Err(self.expected(what));
        }
        self.at += length;
        Ok(&rest[..length])
    }

    /// What follows a quotation mark, with the backslashes taken out.
    fn quoted_rest(&mut self) -> Result<Vec<u8>, Breach> {
        let mut value = Vec::new();
        loop {
            match self.next() {
                Some(b'"') => return Ok(value),
                Some(b'\\') => value.push(self.next().ok_or(self.expected("a quoted character"))?),
                Some(octet) => value.push(octet),
                None => return Err(self.expected("\"")),
            }
        }
    }
}

/// `quoted-string` (RFC 2831 section 7.2)
fn quoted(octets: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for &octet in octets {
        if matches!(octet, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(octet);
    }
    quoted.push(b'"');
    quoted
}

fn md5(pieces: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut digest = Md5::new();
    for piece in pieces {
        digest.update(piece);
    }
    hash::taken(&mut digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sasl::testing::{as_somebody_else, begin_with_nonce, password, send};
    use crate::sasl::{Exchange, Mechanism};

    const CHALLENGE: &[u8] = b"realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",\
        algorithm=md5-sess,charset=utf-8";

    fn start(credentials: &Credentials) -> Exchange {
        let host = "elwood.innosoft.com";
        let (initial, exchange) = begin_with_nonce(Mechanism::DigestMd5, credentials, host, "OA6MHXh6VqTrRk");
        assert_eq!(initial, None);
        exchange
    }

    fn text(message: Vec<u8>) -> String {
        String::from_utf8(message).unwrap()
    }

    /// RFC 2831 section 4, the first
    #[test]
    fn example_of_the_rfc() {
        let (message, exchange) = send(start(&password("chris", "secret")).step(CHALLENGE));
        assert_eq!(
            text(message),
            "charset=utf-8,username=\"chris\",realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",\
             nc=00000001,cnonce=\"OA6MHXh6VqTrRk\",digest-uri=\"imap/elwood.innosoft.com\",\
             response=d388dad90d4bbd760a152321f2143af7,qop=auth"
        );
        let (message, exchange) = send(exchange.step(b"rspauth=ea40f60335c427b5527b84dbabcdfffd"));
        assert_eq!(message, b"");
        assert!(exchange.finish().unwrap().server_has_proved_itself());
    }

    /// RFC 2831 section 4, the second, for another protocol
    #[test]
    fn example_of_the_rfc_for_acap() {
        let nonce = Nonce::of("OA9BSuZWMSpW8m");
        let unasked = begin(&password("chris", "secret"), "acap", "elwood.innosoft.com", nonce).unwrap();
        let (message, answered) = unasked
            .answer(
                b"realm=\"elwood.innosoft.com\",nonce=\"OA9BSXrbuRhWay\",qop=\"auth\",algorithm=md5-sess,charset=utf-8",
            )
            .unwrap();
        assert_eq!(
            text(message.expose().to_vec()),
            "charset=utf-8,username=\"chris\",realm=\"elwood.innosoft.com\",nonce=\"OA9BSXrbuRhWay\",\
             nc=00000001,cnonce=\"OA9BSuZWMSpW8m\",digest-uri=\"acap/elwood.innosoft.com\",\
             response=6084c6db3fede7352c551284490fd0fc,qop=auth"
        );
        assert_eq!(answered.check(b"rspauth=2f0b3d7c3c2e486600ef710726aa2eae"), Ok(()));
    }

    #[test]
    fn a_server_has_to_prove_itself() {
        let answered = || send(start(&password("chris", "secret")).step(CHALLENGE)).1;
        for (challenge, problem) in [
            (&b"rspauth=ea40f60335c427b5527b84dbabcdfffe"[..], Doubt::WrongProof.into()),
            (b"rspauth=EA40F60335C427B5527B84DBABCDFFFD", Doubt::WrongProof.into()),
            (b"rspauth=ea40", Doubt::WrongProof.into()),
            (b"rspauth=\"\"", Doubt::WrongProof.into()),
            // What we sent, sent back.
            (b"rspauth=d388dad90d4bbd760a152321f2143af7", Doubt::WrongProof.into()),
            (b"", Breach::Missing { what: "rspauth" }.into()),
            (b"rspauth=a,rspauth=b", Breach::Repeated { what: "rspauth" }.into()),
        ] {
            assert_eq!(answered().step(challenge).unwrap_err().problem, problem);
        }
        for exchange in [start(&password("chris", "secret")), answered()] {
            assert_eq!(exchange.finish().unwrap_err().problem, Doubt::Unproved.into());
        }
        let (_, exchange) = send(answered().step(b"rspauth=ea40f60335c427b5527b84dbabcdfffd"));
        assert_eq!(exchange.step(b"").unwrap_err().problem, Breach::Unasked.into());
    }

    #[test]
    fn challenges_that_are_none() {
        let broken =
            |challenge: &[u8]| start(&password("chris", "secret")).step(challenge).unwrap_err().problem;
        for (challenge, breach) in [
            ("", Breach::Missing { what: "nonce" }),
            ("nonce=\"\",algorithm=md5-sess", Breach::Missing { what: "nonce" }),
            ("nonce=\"a\"", Breach::Missing { what: "algorithm=md5-sess" }),
            ("nonce=\"a\",algorithm=md5", Breach::Missing { what: "algorithm=md5-sess" }),
            (
                "nonce=\"a\",algorithm=md5-sess,qop=\"auth-int,auth-conf\"",
                Breach::Missing { what: "qop=auth" },
            ),
            ("nonce=\"a\",algorithm=md5-sess,charset=x", Breach::Missing { what: "charset=utf-8" }),
            ("nonce=\"a\",nonce=\"b\"", Breach::Repeated { what: "nonce" }),
            ("stale=true,stale=true", Breach::Repeated { what: "stale" }),
            ("nonce=\"a", Breach::Expected { what: "\"", at: 8 }),
            ("nonce=\"a\\", Breach::Expected { what: "a quoted character", at: 9 }),
            ("nonce", Breach::Expected { what: "=", at: 5 }),
            ("nonce=,", Breach::Expected { what: "a value", at: 6 }),
            ("=a", Breach::Expected { what: "a directive", at: 0 }),
            ("nonce=\"a\"b", Breach::Expected { what: ",", at: 9 }),
        ] {
            assert_eq!(broken(challenge.as_bytes()), breach.into(), "{challenge}");
        }
        let long = [b"x=", &*vec![b'x'; 2046]].concat();
        assert_eq!(broken(&long), Bound::Challenge { octets: 2048, most: 2047 }.into());
    }

    #[test]
    fn blanks_unknown_directives_and_quotes() {
        let challenge = b" , realm = \"a\\\"b\" ,, opaque=\"x\", nonce=\"n\\\\m\",algorithm=MD5-sess, qop=\"auth-conf , auth\" ,";
        let (message, _) = send(start(&as_somebody_else("chr\"is", "secret", "other")).step(challenge));
        let message = text(message);
        assert!(
            message.starts_with(
                "username=\"chr\\\"is\",realm=\"a\\\"b\",nonce=\"n\\\\m\",nc=00000001,cnonce=\"OA6MHXh6VqTrRk\","
            ),
            "{message}"
        );
        assert!(message.ends_with(",qop=auth,authzid=\"other\""), "{message}");
    }

    #[test]
    fn the_realm_is_that_of_the_user_or_the_first() {
        let challenge = b"realm=\"one\",realm=\"two\",nonce=\"n\",algorithm=md5-sess";
        for (user, realm) in [("chris", "one"), ("chris@two", "two"), ("chris@three", "one")] {
            let (message, _) = send(start(&password(user, "x")).step(challenge));
            assert!(text(message).contains(&format!(",realm=\"{realm}\",")));
        }
        let (message, _) = send(start(&password("chris@two", "x")).step(b"nonce=\"n\",algorithm=md5-sess"));
        assert!(!text(message).contains("realm"));
    }

    #[test]
    fn charsets() {
        assert_eq!(Charset::Utf8.hashed("caf\u{e9}").unwrap().as_slice(), b"caf\xe9");
        assert_eq!(Charset::Utf8.hashed("\u{20ac}").unwrap().as_slice(), "\u{20ac}".as_bytes());
        assert_eq!(Charset::Latin1.hashed("\u{20ac}"), None);
        assert_eq!(Charset::Utf8.sent("\u{e9}").unwrap().as_slice(), "\u{e9}".as_bytes());
        assert_eq!(Charset::Latin1.sent("\u{e9}").unwrap().as_slice(), b"\xe9");
        assert_eq!(Charset::Utf8.realm_hashed(b"\xff"), b"\xff");
        let problem = start(&password("chris", "\u{20ac}")).step(b"nonce=\"n\",algorithm=md5-sess");
        assert_eq!(problem.unwrap_err().problem, Unusable::Charset.into());
    }
}
