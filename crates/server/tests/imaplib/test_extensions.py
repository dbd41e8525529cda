"""What imaplib knows of extensions: SORT, THREAD, UTF8=ACCEPT, and commands it passes on as they are."""

import unittest

from peer import Case


class Order(Case):
    def setUp(self):
        super().setUp()
        self.append(b"Message-ID: <1@a>\r\nSubject: Pears\r\n\r\nx\r\n")
        self.append(b"Message-ID: <2@a>\r\nSubject: apples\r\n\r\nx\r\n")
        self.append(b"Message-ID: <3@a>\r\nReferences: <1@a>\r\nSubject: Re: Pears\r\n\r\nx\r\n")
        self.select()

    def test_sort(self):
        self.ok(self.client.sort("(SUBJECT REVERSE ARRIVAL)", "UTF-8", "ALL"), b"2 1 3")
        self.ok(self.client.uid("SORT", "(REVERSE SUBJECT)", "UTF-8", "ALL"), b"1 3 2")

    def test_thread(self):
        self.ok(self.client.thread("REFERENCES", "UTF-8", "ALL"), b"(1 3)(2)")
        self.ok(self.client.thread("ORDEREDSUBJECT", "UTF-8", "ALL"), b"(1 3)(2)")

    def test_search_with_a_return(self):
        answer, _ = self.client._simple_command("SEARCH", "RETURN", "(MIN COUNT SAVE)", "SUBJECT", "pears")
        self.assertEqual(answer, "OK")
        (row,) = self.client.response("ESEARCH")[1]
        self.assertTrue(row.endswith(b" MIN 1 COUNT 2"), row)
        self.ok(self.client.fetch("$", "(UID)"), b"1 (UID 1)", b"3 (UID 3)")


class Utf8(Case):
    def test_names(self):
        self.ok(self.client.enable("UTF8=ACCEPT"), b"enabled what there is")
        name = '"%s/旅行"' % self.mailbox
        self.assertEqual(self.client.create(name)[0], "OK")
        self.assertEqual(self.client.select(name), ("OK", [b"0"]))
        _, ((_, listed), _) = self.client.list('"%s/"' % self.mailbox, "*")
        self.assertEqual(listed.decode(), self.mailbox + "/旅行")


if __name__ == "__main__":
    unittest.main()
