//! A few mails for the commands to find.

use tayori_proto::types::Flag;

use crate::store::{ARRIVED, Host};

const DAY: i64 = 86_400;

/// UID 1, not seen, of 2026-02-01.
pub(crate) const LUNCH: &str = "\
From: Bob <bob@example.org>\r\n\
To: Ann <ann@example.org>\r\n\
Subject: Lunch\r\n\
Date: Sun, 1 Feb 2026 09:00:00 +0000\r\n\
Message-ID: <lunch@example.org>\r\n\
\r\n\
At noon?\r\n";

/// UID 2, seen and answered, of the next day; a reply to the first.
pub(crate) const REPLY: &str = "\
From: Ann <ann@example.org>\r\n\
To: Bob <bob@example.org>\r\n\
Subject: Re: Lunch\r\n\
Date: Sun, 1 Feb 2026 09:05:00 +0000\r\n\
Message-ID: <reply@example.org>\r\n\
References: <lunch@example.org>\r\n\
\r\n\
Yes.\r\n";

/// UID 3, flagged, of the day after that; Japanese.
pub(crate) const JOURNEY: &str = "\
From: =?utf-8?B?5bGx55Sw?= <yamada@example.jp>\r\n\
To: Ann <ann@example.org>\r\n\
Subject: =?utf-8?B?5peF6KGM44Gu5L6/44KK?=\r\n\
Date: Tue, 3 Feb 2026 18:30:00 +0900\r\n\
Message-ID: <journey@example.jp>\r\n\
MIME-Version: 1.0\r\n\
Content-Type: text/plain; charset=utf-8\r\n\
Content-Transfer-Encoding: 8bit\r\n\
\r\n\
お元気ですか。\r\n";

/// UID 4, seen, of the fourth day; with a file.
pub(crate) const WITH_FILE: &str = "\
From: Carl <carl@example.com>\r\n\
To: Ann <ann@example.org>\r\n\
Subject: tax 2025\r\n\
Date: Wed, 4 Feb 2026 10:00:00 -0500\r\n\
Message-ID: <tax@example.com>\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=b\r\n\
\r\n\
--b\r\n\
Content-Type: text/plain\r\n\
\r\n\
See the file.\r\n\
--b\r\n\
Content-Type: application/octet-stream\r\n\
Content-Disposition: attachment; filename=data.bin\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
AAECAwQF\r\n\
--b--\r\n";

/// UID 5, seen and marked as deleted, of the fifth day; without a header that says anything, but with something that
/// could drive a terminal.
pub(crate) const ODD: &str = "X-Odd: \u{1b}[2J\r\n\r\nNothing.\r\n";

/// A server with all of them in INBOX.
pub(crate) fn host() -> Host {
    let host = Host::start();
    fill(&host);
    host
}

/// Puts them there.
pub(crate) fn fill(host: &Host) {
    for (day, (mail, flags)) in (0..).zip([
        (LUNCH, &[][..]),
        (REPLY, &[Flag::Seen, Flag::Answered]),
        (JOURNEY, &[Flag::Flagged]),
        (WITH_FILE, &[Flag::Seen]),
        (ODD, &[Flag::Seen, Flag::Deleted]),
    ]) {
        host.put_with("INBOX", mail, flags, ARRIVED + day * DAY);
    }
}
