"""How the tests reach the server: places and certificate come in the environment."""

import imaplib
import os
import ssl
import unittest

HOST = "localhost"
USER, PASSWORD = "ann", "secret"

# imaplib of Python 3.11 and older does not know these.
for name in ("MOVE", "ID"):
    imaplib.Commands.setdefault(name, ("AUTH", "SELECTED"))


def trust():
    """A context that believes the server's certificate and no other."""
    return ssl.create_default_context(cafile=os.environ["TAYORI_CA"])


def port(kind):
    return int(os.environ["TAYORI_" + kind])


def connect_plain():
    return imaplib.IMAP4("127.0.0.1", port("PLAIN"), timeout=20)


def connect_tls():
    return imaplib.IMAP4_SSL(HOST, port("TLS"), ssl_context=trust(), timeout=20)


def connect_starttls():
    client = imaplib.IMAP4("127.0.0.1", port("STARTTLS"), timeout=20)
    client.host = HOST
    assert "STARTTLS" in client.capabilities, client.capabilities
    answer, _ = client.starttls(ssl_context=trust())
    assert answer == "OK"
    assert "STARTTLS" not in client.capabilities, client.capabilities
    return client


CONNECTIONS = (connect_plain, connect_tls, connect_starttls)


class Case(unittest.TestCase):
    """A test with a client that is logged in, and a mailbox of its own."""

    def setUp(self):
        self.client = connect_plain()
        self.addCleanup(self.client.shutdown)
        self.client.login(USER, PASSWORD)
        self.mailbox = self.id().rsplit(".", 1)[-1]
        self.created(self.mailbox)

    def ok(self, answer, *data):
        """The command ended with OK, and brought this."""
        self.assertEqual(answer, ("OK", list(data)))

    def created(self, name):
        """There is a mailbox of this name now, which says what identifies it."""
        answer, data = self.client.create(name)
        self.assertEqual(answer, "OK")
        self.assertRegex(data[0], rb"^\[MAILBOXID \(F[0-9]+\)\] created$")

    def append(self, text, flags="", date='"17-Jul-1996 02:44:25 -0700"'):
        answer, _ = self.client.append(self.mailbox, flags, date, text)
        self.assertEqual(answer, "OK")

    def select(self):
        answer, data = self.client.select(self.mailbox)
        self.assertEqual(answer, "OK")
        return int(data[0])

    def other(self):
        """One more client, logged in."""
        other = connect_plain()
        self.addCleanup(other.shutdown)
        other.login(USER, PASSWORD)
        return other
