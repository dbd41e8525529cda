"""Mailboxes by name."""

import unittest

from peer import Case


class Mailboxes(Case):
    def test_create_rename_delete(self):
        name = self.mailbox
        self.created(name + "/a/b")
        self.ok(
            self.client.list(name + "/", "*"),
            b'(\\Noselect \\HasChildren) "/" %s/a' % name.encode(),
            b'(\\HasNoChildren) "/" %s/a/b' % name.encode(),
        )
        self.ok(self.client.rename(name + "/a", name + "/c"), b"renamed")
        self.assertEqual(
            self.client.create(name + "/c/b"),
            ("NO", [b"[ALREADYEXISTS] there is such a mailbox already"]),
        )
        self.ok(self.client.delete(name + "/c/b"), b"deleted")
        self.ok(self.client.delete(name + "/c"), b"deleted")
        self.ok(self.client.list(name + "/", "*"), None)
        self.assertEqual(
            self.client.delete(name + "/c"), ("NO", [b"[NONEXISTENT] there is no such mailbox"])
        )

    def test_list_of_the_delimiter(self):
        self.ok(self.client.list('""', '""'), b'(\\Noselect) "/" ""')

    def test_a_japanese_name(self):
        name = self.mailbox + "/&ZeVnLIqe-"
        self.created(name)
        self.ok(
            self.client.list(self.mailbox + "/", "%"), b'(\\HasNoChildren) "/" ' + name.encode()
        )
        self.ok(self.client.status(name, "(MESSAGES)"), name.encode() + b" (MESSAGES 0)")

    def test_names_with_blanks_and_quotes(self):
        for name in ('"%s/a b"', '"%s/a\\"b"'):
            quoted = name % self.mailbox
            self.created(quoted)
            answer, data = self.client.select(quoted)
            self.assertEqual((answer, data), ("OK", [b"0"]))

    def test_subscriptions(self):
        name = self.mailbox + "/not/there"
        self.ok(self.client.subscribe(name), b"subscribed")
        self.ok(self.client.lsub(self.mailbox + "/", "*"), b'() "/" ' + name.encode())
        self.ok(
            self.client.lsub(self.mailbox + "/", "%"),
            b'(\\Noselect) "/" %s/not' % self.mailbox.encode(),
        )
        self.ok(self.client.unsubscribe(name), b"unsubscribed")
        self.ok(self.client.lsub(self.mailbox + "/", "*"), None)

    def test_status(self):
        self.append(b"one", r"(\Seen)")
        self.append(b"two")
        answer, data = self.client.status(self.mailbox, "(MESSAGES RECENT UIDNEXT UNSEEN)")
        self.assertEqual(answer, "OK")
        expected = self.mailbox.encode() + b" (MESSAGES 2 RECENT 2 UIDNEXT 3 UNSEEN 1)"
        self.assertEqual(data, [expected])

    def test_select_and_examine(self):
        self.append(b"one")
        self.assertEqual(self.select(), 1)
        self.assertEqual(self.client.response("RECENT")[1], [b"1"])
        self.assertEqual(self.client.response("UIDNEXT")[1], [b"2"])
        self.assertEqual(self.client.response("UNSEEN")[1], [b"1"])
        self.assertIsNot(self.client.response("READ-WRITE")[1][0], None)
        self.assertEqual(self.client.select(self.mailbox, readonly=True), ("OK", [b"1"]))
        self.assertEqual(self.client.response("RECENT")[1], [b"0"])
        answer, data = self.client.select("none")
        self.assertEqual((answer, data), ("NO", [b"[NONEXISTENT] there is no such mailbox"]))


if __name__ == "__main__":
    unittest.main()
