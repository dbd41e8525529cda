"""Messages: append, fetch, store, copy, move, expunge."""

import imaplib
import unittest

from peer import Case

MAIL = (
    b"From: Ann <ann@example.com>\r\n"
    b"Subject: Hello\r\n"
    b"\r\n"
    b"A (text) with {5} \"signs\" \\ and\r\n"
    b"two lines.\r\n"
)


class Messages(Case):
    def test_append_and_fetch(self):
        self.append(MAIL, r"(\Flagged $Work)")
        self.assertEqual(self.select(), 1)
        answer, data = self.client.fetch("1", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])")
        self.assertEqual(answer, "OK")
        head = (
            b'1 (UID 1 FLAGS (\\Flagged $Work \\Recent) INTERNALDATE "17-Jul-1996 02:44:25 -0700"'
            b" RFC822.SIZE %d BODY[] {%d}" % (len(MAIL), len(MAIL))
        )
        self.assertEqual(data, [(head, MAIL), b")"])
        self.ok(
            self.client.fetch("1", "ENVELOPE"),
            b'1 (ENVELOPE (NIL "Hello" (("Ann" NIL "ann" "example.com")) (("Ann" NIL "ann"'
            b' "example.com")) (("Ann" NIL "ann" "example.com")) NIL NIL NIL NIL NIL))',
        )
        self.ok(
            self.client.fetch("1", "BODY"),
            b'1 (BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 45 2))',
        )

    def test_parts_of_a_message(self):
        self.append(MAIL)
        self.select()
        self.ok(
            self.client.fetch("1", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)] BODY.PEEK[TEXT]<3.6>)"),
            (b"1 (BODY[HEADER.FIELDS (SUBJECT)] {18}", b"Subject: Hello\r\n\r\n"),
            (b" BODY[TEXT]<3> {6}", b"text) "),
            b")",
        )
        self.ok(
            self.client.fetch("1", "(RFC822.HEADER)"),
            (b"1 (RFC822.HEADER {47}", MAIL[:47]),
            b")",
        )

    def test_reading_marks_as_seen(self):
        self.append(MAIL)
        self.select()
        self.ok(
            self.client.fetch("1", "(BODY[TEXT]<0.1>)"),
            (b"1 (BODY[TEXT]<0> {1}", b"A"),
            b" FLAGS (\\Seen \\Recent))",
        )

    def test_a_large_message(self):
        mail = b"Subject: large\r\n\r\n" + b"A line of some length, again and again.\r\n" * 50_000
        self.append(mail)
        self.select()
        answer, data = self.client.fetch("1", "(RFC822)")
        self.assertEqual(answer, "OK")
        self.assertEqual(data[0][1], mail)

    def test_append_to_a_mailbox_that_is_missing(self):
        answer, data = self.client.append(self.mailbox + "/none", "", None, MAIL)
        self.assertEqual((answer, data), ("NO", [b"[TRYCREATE] there is no such mailbox"]))

    def test_store(self):
        self.append(MAIL)
        self.append(MAIL)
        self.select()
        self.ok(
            self.client.store("1:2", "+FLAGS", r"(\Seen \Deleted)"),
            b"1 (FLAGS (\\Deleted \\Seen \\Recent))",
            b"2 (FLAGS (\\Deleted \\Seen \\Recent))",
        )
        self.ok(self.client.store("2", "-FLAGS", r"\Deleted"), b"2 (FLAGS (\\Seen \\Recent))")
        self.ok(self.client.store("2", "FLAGS", "(one two)"), b"2 (FLAGS (one two \\Recent))")
        self.ok(self.client.store("2", "FLAGS.SILENT", "()"), None)
        self.ok(self.client.expunge(), b"1")
        self.ok(self.client.fetch("1", "(UID FLAGS)"), b"1 (UID 2 FLAGS (\\Recent))")
        with self.assertRaisesRegex(imaplib.IMAP4.error, "not so many messages"):
            self.client.store("2", "+FLAGS", r"(\Seen)")

    def test_commands_by_uid(self):
        for _ in range(3):
            self.append(MAIL)
        self.select()
        self.client.store("1", "+FLAGS", r"(\Deleted)")
        self.ok(self.client.expunge(), b"1")
        self.ok(self.client.uid("FETCH", "1:2", "(FLAGS)"), b"1 (UID 2 FLAGS (\\Recent))")
        self.ok(
            self.client.uid("STORE", "3", "+FLAGS", r"(\Deleted)"),
            b"2 (UID 3 FLAGS (\\Deleted \\Recent))",
        )
        answer, _ = self.client.uid("EXPUNGE", "2")
        self.assertEqual(answer, "OK")
        self.ok(self.client.uid("EXPUNGE", "3"), None)
        self.assertEqual(self.client.response("EXPUNGE")[1], [b"2"])

    def test_copy_and_move(self):
        for _ in range(3):
            self.append(MAIL)
        self.select()
        target = self.mailbox + "/to"
        answer, data = self.client.copy("1", target)
        self.assertEqual((answer, data), ("NO", [b"[TRYCREATE] there is no such mailbox"]))
        self.client.create(target)
        answer, data = self.client.copy("1:2", target)
        self.assertEqual(answer, "OK")
        self.assertRegex(data[0], rb"^\[COPYUID \d+ 1:2 1:2\] copied$")
        self.ok(self.client.uid("COPY", "3", target), None)
        self.assertRegex(self.client.response("COPYUID")[1][-1], rb"^\d+ 3 3$")
        answer, data = self.client.xatom("MOVE", "2", target)
        self.assertEqual((answer, data), ("OK", [b"moved"]))
        self.assertEqual(self.client.response("EXPUNGE")[1], [b"2"])
        answer, data = self.client.uid("MOVE", "1", target)
        self.assertEqual(answer, "OK")
        self.assertEqual(self.client.response("EXPUNGE")[1], [b"1"])
        self.ok(self.client.status(target, "(MESSAGES)"), target.encode() + b" (MESSAGES 5)")

    def test_close_and_unselect(self):
        self.append(MAIL, r"(\Deleted)")
        self.select()
        self.ok(self.client.unselect(), b"closed, nothing expunged")
        self.assertEqual(self.select(), 1)
        self.ok(self.client.close(), b"closed")
        self.assertEqual(self.select(), 0)

    def test_news_of_another_client(self):
        self.append(MAIL)
        self.select()
        other = self.other()
        other.append(self.mailbox, None, None, MAIL)
        self.client.noop()
        self.assertEqual(self.client.response("EXISTS")[1], [b"1", b"2"])
        other.select(self.mailbox)
        other.store("1", "+FLAGS", r"(\Deleted)")
        other.expunge()
        self.client.noop()
        self.assertEqual(self.client.response("EXPUNGE")[1], [b"1"])


if __name__ == "__main__":
    unittest.main()
