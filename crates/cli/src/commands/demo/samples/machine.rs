//! What programs say to each other through mail: reports, receipts, invitations.

use super::SampleMail;
use super::compose::by_hand;

pub(super) fn mails() -> Vec<SampleMail> {
    TEMPLATES.iter().map(|(date, template)| by_hand(date, template)).collect()
}

const TEMPLATES: &[(&str, &str)] = &[
    // A delivery that failed (RFC 3464), with the whole mail.
    (
        "25-Jan-2026 14:01:00 +0100",
        "\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: hana@example.org
Subject: Undelivered mail returned to sender
Date: {date}
Message-ID: <bounce.1@mx.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary=\"bounce/1\"

--bounce/1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

Your mail could not be delivered to <tover@example.com>:

    there is nobody of that name here

--bounce/1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Sun, 25 Jan 2026 14:00:58 +0100

Final-Recipient: rfc822; tover@example.com
Original-Recipient: rfc822;tover@example.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; 550 5.1.1 no such person

--bounce/1
Content-Description: Undelivered mail
Content-Type: message/rfc822

From: Hana Lindqvist <hana@example.org>
To: tover@example.com
Subject: The ladder
Date: Sun, 25 Jan 2026 14:00:57 +0100
Message-ID: <1769346057.hana@example.org>

Dear Tove, shall I come and fetch it?

--bounce/1--
",
    ),
    // A delivery that is late; only the fields of the mail come back.
    (
        "26-Jan-2026 18:00:00 +0100",
        "\
Return-Path: <>
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: hana@example.org
Subject: Warning: mail delayed
Date: {date}
Message-ID: <delay.1@mx.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=\"delivery-status\"; boundary=delay

--delay

Your mail has not been delivered for four hours. You need not do anything;
it will be tried again until Friday.

--delay
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; soeren@harbour.example
Action: delayed
Status: 4.4.1
Will-Retry-Until: Fri, 30 Jan 2026 14:00:00 +0100

--delay
Content-Type: text/rfc822-headers

From: Hana Lindqvist <hana@example.org>
To: soeren@harbour.example
Subject: The pump
Date: Mon, 26 Jan 2026 13:58:00 +0100

--delay--
",
    ),
    // A report in Unicode about an address in Unicode (RFC 6533).
    (
        "27-Jan-2026 08:00:00 +0900",
        "\
Return-Path: <>
From: =?utf-8?B?6YWN6YCB44K344K544OG44Og?= <MAILER-DAEMON@mx.example.jp>
To: hana@example.org
Subject: =?utf-8?B?6YWN6YCB44Gn44GN44G+44Gb44KT44Gn44GX44Gf?=
Date: {date}
Message-ID: <bounce.2@mx.example.jp>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_jp\"

--=_jp
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

宛先「楓@example.jp」に配送できませんでした。

--=_jp
Content-Type: message/global-delivery-status
Content-Transfer-Encoding: 8bit

Reporting-MTA: dns; mx.example.jp

Final-Recipient: utf-8; 楓@example.jp
Action: failed
Status: 5.1.1

--=_jp--
",
    ),
    // A receipt: somebody has read a mail (RFC 8098).
    (
        "28-Jan-2026 09:30:00 +0100",
        "\
From: Imke <imke@harbour.example>
To: hana@example.org
Subject: Read: the paint
Date: {date}
Message-ID: <mdn.1@harbour.example>
In-Reply-To: <1769500000.hana@example.org>
References: <1769500000.hana@example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification;
 boundary=\"mdn\"

--mdn
Content-Type: text/plain

Your mail of Tuesday about \"the paint\" has been displayed. This does not
mean that it has been understood.

--mdn
Content-Type: message/disposition-notification

Reporting-UA: harbour.example; Gull 4.2
Original-Recipient: rfc822;imke@harbour.example
Final-Recipient: rfc822;imke@harbour.example
Original-Message-ID: <1769500000.hana@example.org>
Disposition: manual-action/MDN-sent-manually; displayed

--mdn--
",
    ),
    // A mail that asks for a receipt.
    (
        "29-Jan-2026 11:00:00 +0100",
        "\
From: Office <office@harbour.example>
To: hana@example.org
Subject: Your berth: please confirm
Date: {date}
Message-ID: <ask.1@harbour.example>
Disposition-Notification-To: Office <office@harbour.example>
Return-Receipt-To: office@harbour.example
X-Priority: 1 (Highest)
Importance: high

Please confirm by Friday that you keep berth 14.
",
    ),
    // An invitation (RFC 5546, RFC 6047).
    (
        "7-Mar-2026 18:05:00 +0100",
        "\
From: =?utf-8?Q?Imke_Deichgr=C3=A4ber?= <imke@harbour.example>
To: hana@example.org
Subject: Invitation: launch at the slipway
Date: {date}
Message-ID: <launch.2026@harbour.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=\"=_cal_mixed\"

--=_cal_mixed
Content-Type: multipart/alternative; boundary=\"=_cal\"

--=_cal
Content-Type: text/plain; charset=utf-8

Launch at the slipway, Saturday 25 April, 11:00 to 13:00.

--=_cal
Content-Type: text/calendar; charset=utf-8; method=REQUEST

BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//harbour.example//Gull 4.2//EN
METHOD:REQUEST
BEGIN:VEVENT
UID:launch.2026@harbour.example
DTSTAMP:20260307T170500Z
DTSTART:20260425T090000Z
DTEND:20260425T110000Z
SUMMARY:Launch at the slipway
DESCRIPTION:Bring gloves\\, and somebody tall.\\nAfterwards there is a soup t
 hat has been standing since the evening before.
LOCATION:Slipway
ORGANIZER;CN=Imke:mailto:imke@harbour.example
ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:hana@example.org
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT2H
DESCRIPTION:Gloves!
END:VALARM
END:VEVENT
END:VCALENDAR

--=_cal--

--=_cal_mixed
Content-Type: application/ics; name=\"invite.ics\"
Content-Disposition: attachment; filename=\"invite.ics\"
Content-Transfer-Encoding: base64

QkVHSU46VkNBTEVOREFSDQpWRVJTSU9OOjIuMA0KRU5EOlZDQUxFTkRBUg0K

--=_cal_mixed--
",
    ),
    // The answer to an invitation; the calendar is the whole body.
    (
        "8-Mar-2026 08:20:00 +0100",
        "\
From: joerg@example.org
To: imke@harbour.example
Cc: hana@example.org
Subject: Accepted: launch at the slipway
Date: {date}
Message-ID: <accepted.1@example.org>
In-Reply-To: <launch.2026@harbour.example>
MIME-Version: 1.0
Content-Type: text/calendar; charset=utf-8; method=REPLY
Content-Transfer-Encoding: quoted-printable

BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example.org//Deich 1//DE
METHOD:REPLY
BEGIN:VEVENT
UID:launch.2026@harbour.example
DTSTAMP:20260308T072000Z
DTSTART:20260425T090000Z
ATTENDEE;PARTSTAT=3DACCEPTED;CN=3D\"J=C3=B6rg\":mailto:joerg@example.org
ORGANIZER:mailto:imke@harbour.example
END:VEVENT
END:VCALENDAR
",
    ),
    // An absence (RFC 3834).
    (
        "15-Mar-2026 00:03:00 +0100",
        "\
Return-Path: <>
From: Marek Dobrusek <marek@workshop.example>
To: hana@example.org
Subject: Auto: About the music box
Date: {date}
Message-ID: <away.1@workshop.example>
In-Reply-To: <1773500000.hana@example.org>
Auto-Submitted: auto-replied (vacation)
X-Auto-Response-Suppress: All
Precedence: bulk

The workshop is closed until the 23rd. The clocks look after each other.
",
    ),
    // A report of abuse (RFC 5965).
    (
        "19-Mar-2026 05:00:00 +0100",
        "\
From: <abusedesk@mx.example.net>
To: <postmaster@example.org>
Cc: <hana@example.org>
Subject: FW: Win a lighthouse
Date: {date}
Message-ID: <arf.1@mx.example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
 boundary=\"part1\"

--part1
Content-Type: text/plain; charset=\"US-ASCII\"
Content-Transfer-Encoding: 7bit

This is a report about a mail that came from your network.

--part1
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Broom/1.0
Version: 1
Source-IP: 192.0.2.7

--part1
Content-Type: message/rfc822
Content-Disposition: inline

From: <winner@lottery.example>
To: <somebody@example.net>
Subject: Win a lighthouse
Date: Thu, 19 Mar 2026 04:11:00 +0100
Message-ID: <lighthouse@lottery.example>

Only today: a lighthouse, nearly new, one keeper.

--part1--
",
    ),
];
