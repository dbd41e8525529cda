use crate::types::{Capability, IdParameters};

use super::Introduction;

macro_rules! vendors {
    ($($(#[$doc:meta])* $name:ident {
        greeting: [$($greeting:literal),*], capability: [$($capability:literal),*], id: [$($id:literal),*] $(,)?
    })*) => {
        /// Who made a server, or runs it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Vendor {
            $($(#[$doc])* $name,)*
        }

        /// The signs of each: words in its greeting, names among its capabilities, words in its name in ID.
        const SIGNS: &[Signs] = &[$(Signs {
            vendor: Vendor::$name,
            greeting: &[$($greeting),*],
            capability: &[$($capability),*],
            id: &[$($id),*],
        },)*];
    };
}

struct Signs {
    vendor: Vendor,
    greeting: &'static [&'static str],
    capability: &'static [&'static str],
    id: &'static [&'static str],
}

// The first that fits counts: capabilities that only one service has come before words that others may use, too.
vendors! {
    /// Gmail
    Gmail { greeting: ["Gimap ready"], capability: ["X-GM-EXT-1"], id: [] }
    /// Yahoo and AOL
    Yahoo { greeting: [], capability: ["XYMHIGHESTMODSEQ"], id: [] }
    /// iCloud
    ICloud { greeting: [], capability: ["XAPPLEPUSHSERVICE"], id: [] }
    /// Proton Mail Bridge
    Proton { greeting: [], capability: ["XSTOP"], id: ["ProtonMail"] }
    /// Exchange 2003
    Exchange2003 { greeting: ["Microsoft Exchange Server 2003 IMAP4rev1"], capability: [], id: [] }
    /// Exchange 2007 and later on one's own machine, and Exchange Online
    Exchange {
        greeting: ["The Microsoft Exchange IMAP4 service is ready", "Microsoft Exchange Server 2007 IMAP4 service"],
        capability: [],
        id: [],
    }
    /// Coremail: 163, 126, 188 and others
    Coremail { greeting: ["Coremail System IMap Server Ready"], capability: [], id: [] }
    /// QQ and Tencent Exmail
    Qq { greeting: ["QQMail "], capability: [], id: [] }
    /// Yandex
    Yandex { greeting: ["Yandex "], capability: [], id: [] }
    /// Zoho
    Zoho { greeting: ["Zoho Mail "], capability: [], id: [] }
    /// Naver
    Naver { greeting: [], capability: ["SEINE"], id: [] }
    /// Cyrus IMAP
    Cyrus { greeting: [" Cyrus IMAP "], capability: [], id: ["Cyrus IMAPD"] }
    /// Courier IMAP
    Courier { greeting: ["Courier-IMAP ready"], capability: ["ACL2=UNION"], id: [] }
    /// hMailServer
    HMailServer { greeting: ["IMAPrev1"], capability: [], id: [] }
    /// Domino
    Domino { greeting: ["Domino IMAP4 Server"], capability: [], id: [] }
    /// SmarterMail
    SmarterMail { greeting: ["SmarterMail"], capability: [], id: [] }
    /// UW-IMAP and Panda IMAP
    Uw { greeting: [" IMAP4rev1 2007f.", " Panda IMAP "], capability: [], id: [] }
    /// Zimbra
    Zimbra { greeting: ["Zimbra "], capability: [], id: [] }
    /// The first edition of the Go library go-imap
    GoImap { greeting: ["IMAP4rev1 Service Ready"], capability: [], id: [] }
    /// Dovecot, by that name or behind another one that names it
    Dovecot { greeting: ["Dovecot "], capability: [], id: ["Dovecot"] }
}

impl Vendor {
    /// Every vendor.
    pub fn all() -> impl Iterator<Item = Self> {
        SIGNS.iter().map(|signs| signs.vendor)
    }

    /// Whose server this is, if it shows a sign.
    pub(super) fn recognize(server: &Introduction<'_>) -> Option<Self> {
        let by = |shows: fn(&Signs, &Introduction<'_>) -> bool| {
            SIGNS.iter().find(|signs| shows(signs, server)).map(|signs| signs.vendor)
        };
        // What only one service has says more than a name, and a name more than a greeting, which a proxy may have
        // said.
        by(Signs::in_capabilities).or_else(|| by(Signs::in_id)).or_else(|| by(Signs::in_greeting))
    }

    /// What gives it away, for people.
    pub fn signs(self) -> String {
        let Some(signs) = SIGNS.iter().find(|signs| signs.vendor == self) else { return String::new() };
        let mut all = Vec::new();
        all.extend(signs.capability.iter().map(|name| format!("capability `{name}`")));
        all.extend(signs.id.iter().map(|name| format!("ID `{name}`")));
        all.extend(signs.greeting.iter().map(|words| format!("greeting `{}`", words.trim())));
        all.join(", ")
    }
}

impl Signs {
    fn in_capabilities(&self, server: &Introduction<'_>) -> bool {
        let Some(listed) = server.capabilities else { return false };
        let is_sign = |listed: &Capability| {
            self.capability.iter().any(|sign| listed.to_bytes().eq_ignore_ascii_case(sign.as_bytes()))
        };
        listed.iter().any(is_sign)
    }

    fn in_id(&self, server: &Introduction<'_>) -> bool {
        let value = |id: &IdParameters, field: &str| id.value(field).map(|value| value.as_bytes().to_vec());
        let Some(id) = server.id else { return false };
        let said = [value(id, "name"), value(id, "vendor")].into_iter().flatten().collect::<Vec<_>>();
        self.id.iter().any(|sign| said.iter().any(|said| contains(said, sign)))
    }

    fn in_greeting(&self, server: &Introduction<'_>) -> bool {
        self.greeting.iter().any(|sign| contains(server.greeting, sign))
    }
}

/// In any case.
fn contains(said: &[u8], sign: &str) -> bool {
    memchr::memmem::find(&said.to_ascii_lowercase(), sign.to_ascii_lowercase().as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Capabilities;

    #[track_caller]
    fn check(greeting: &str, listed: &str, id: &[(&str, &str)], expected: Option<Vendor>) {
        let capabilities: Capabilities =
            listed.split_ascii_whitespace().map(|name| Capability::try_from(name).unwrap()).collect();
        let id = IdParameters::new(id.iter().map(|(field, value)| (*field, Some(*value)))).unwrap();
        let server = Introduction::greeted(greeting.as_bytes()).listing(Some(&capabilities)).named(Some(&id));
        assert_eq!(Vendor::recognize(&server), expected, "{greeting} {listed} {id:?}");
    }

    #[test]
    fn servers_are_known_by_what_they_say() {
        check("The Microsoft Exchange IMAP4 service is ready. [TQBX]", "", &[], Some(Vendor::Exchange));
        check(
            "Microsoft Exchange Server 2003 IMAP4rev1 server version 6.5",
            "",
            &[],
            Some(Vendor::Exchange2003),
        );
        check("Gimap ready for requests from 127.0.0.1", "", &[], Some(Vendor::Gmail));
        check("ready", "IMAP4rev1 X-GM-EXT-1", &[], Some(Vendor::Gmail));
        check("Yandex IMAP4rev1 at mail-imap ready to talk with ::1", "", &[], Some(Vendor::Yandex));
        check("Coremail System IMap Server Ready(163com[8db726ec])", "", &[], Some(Vendor::Coremail));
        check("IMAP4rev1 SmarterMail", "", &[], Some(Vendor::SmarterMail));
        check("(2428B47-26126cfe23cd) p00-iscream", "XAPPLEPUSHSERVICE IMAP4rev1", &[], Some(Vendor::ICloud));
        check("xyz.example IMAP4rev1 2007f.404 at Wed, 27 Mar 2019", "", &[], Some(Vendor::Uw));
        check("localhost Cyrus IMAP 3.10.2 server ready", "", &[], Some(Vendor::Cyrus));
        check("Courier-IMAP ready. Copyright 1998-2019", "", &[], Some(Vendor::Courier));
        check("Dovecot (Debian) ready.", "", &[], Some(Vendor::Dovecot));
        check("ready", "", &[("name", "Dovecot")], Some(Vendor::Dovecot));
        check(
            "ready",
            "",
            &[("name", "ProtonMail"), ("vendor", "Proton Technologies AG")],
            Some(Vendor::Proton),
        );
        check("hello", "IMAP4rev1 IDLE", &[("name", "something")], None);
        check("", "", &[], None);
    }

    /// A proxy greets in its own name, and what only one service has tells whose mail it is.
    #[test]
    fn a_capability_says_more_than_a_name_and_a_name_more_than_a_greeting() {
        check("Dovecot ready.", "X-GM-EXT-1", &[("name", "Dovecot")], Some(Vendor::Gmail));
        check("Dovecot ready.", "IDLE", &[("name", "Cyrus IMAPD")], Some(Vendor::Cyrus));
    }

    #[test]
    fn each_vendor_has_a_sign() {
        for vendor in Vendor::all() {
            assert_ne!(vendor.signs(), "", "{vendor:?}");
        }
    }
}
