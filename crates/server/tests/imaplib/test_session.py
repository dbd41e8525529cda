"""Connections, logins, and what belongs to no mailbox."""

import imaplib
import unittest

from peer import CONNECTIONS, PASSWORD, USER, Case, connect_plain


class Session(unittest.TestCase):
    def test_login_and_logout(self):
        for connect in CONNECTIONS:
            with self.subTest(connect.__name__):
                client = connect()
                self.assertEqual(client.login(USER, PASSWORD)[0], "OK")
                self.assertEqual(client.state, "AUTH")
                self.assertEqual(client.logout(), ("BYE", [b"see you"]))

    def test_authenticate(self):
        message = b"\0" + USER.encode() + b"\0" + PASSWORD.encode()
        for connect in CONNECTIONS:
            with self.subTest(connect.__name__), connect() as client:
                self.assertIn("AUTH=PLAIN", client.capabilities)
                self.assertEqual(client.authenticate("PLAIN", lambda _: message)[0], "OK")

    def test_wrong_password(self):
        with connect_plain() as client:
            with self.assertRaisesRegex(imaplib.IMAP4.error, "AUTHENTICATIONFAILED"):
                client.login(USER, "wrong")
            self.assertEqual(client.login(USER, PASSWORD)[0], "OK")

    def test_cancelled_authentication(self):
        with connect_plain() as client:
            with self.assertRaisesRegex(imaplib.IMAP4.error, "cancelled"):
                client.authenticate("PLAIN", lambda _: None)
            self.assertEqual(client.login(USER, PASSWORD)[0], "OK")

    def test_a_command_in_the_wrong_state(self):
        with connect_plain() as client:
            with self.assertRaisesRegex(imaplib.IMAP4.error, "please log in first"):
                client.state = "AUTH"
                client.status("INBOX", "(MESSAGES)")
            client.state = "NONAUTH"


class LoggedIn(Case):
    def test_noop_and_check(self):
        self.ok(self.client.noop(), b"nothing done")
        self.select()
        self.ok(self.client.check(), b"checked")

    def test_namespace(self):
        self.ok(self.client.namespace(), b'(("" "/")) NIL NIL')

    def test_enable(self):
        self.assertIn("ENABLE", self.client.capability()[1][0].decode())
        self.assertEqual(self.client.enable("CONDSTORE")[0], "OK")

    def test_id(self):
        self.assertEqual(self.client.xatom("ID", '("name" "imaplib")')[0], "OK")
        _, data = self.client.response("ID")
        self.assertTrue(data[0].startswith(b'("name" "tayori"'), data)

    def idle(self):
        tag = self.client._new_tag()
        self.client.send(tag + b" IDLE\r\n")
        self.assertEqual(self.client.readline(), b"+ idling\r\n")
        return tag

    def done(self, tag):
        self.client.send(b"DONE\r\n")
        self.assertEqual(self.client.readline(), tag + b" OK no longer idling\r\n")
        self.ok(self.client.noop(), b"nothing done")

    def test_idle(self):
        self.append(b"one")
        self.select()
        other = self.other()
        tag = self.idle()
        other.append(self.mailbox, None, None, b"two")
        self.assertEqual(self.client.readline(), b"* 2 EXISTS\r\n")
        self.assertEqual(self.client.readline(), b"* 2 RECENT\r\n")
        other.select(self.mailbox)
        other.store("1", "+FLAGS", r"(\Deleted)")
        self.assertEqual(self.client.readline(), b"* 1 FETCH (FLAGS (\\Deleted \\Recent))\r\n")
        other.expunge()
        self.assertEqual(self.client.readline(), b"* 1 EXPUNGE\r\n")
        self.assertEqual(self.client.readline(), b"* 1 RECENT\r\n")
        self.done(tag)

    def test_idle_without_a_mailbox(self):
        self.done(self.idle())


if __name__ == "__main__":
    unittest.main()
