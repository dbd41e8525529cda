"""SEARCH, by number and by UID, with text in other scripts."""

import imaplib
import unittest

from peer import Case


class Search(Case):
    def setUp(self):
        super().setUp()
        self.append(b"From: ann@example.com\r\nSubject: First\r\n\r\nnone\r\n", r"(\Seen)")
        self.append(b"From: bob@example.com\r\nSubject: Second\r\n\r\nneedle\r\n", r"(\Deleted)")
        self.append(
            "From: carl@example.com\r\nSubject: =?utf-8?B?5pel5pys6Kqe?=\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\n便り needle\r\n".encode()
        )
        self.select()
        self.client.store("2", "+FLAGS", "$Work")

    def test_keys(self):
        for key, expected in (
            ("ALL", b"1 2 3"),
            ("SEEN", b"1"),
            ("UNSEEN UNDELETED", b"3"),
            ("NEW", b"2 3"),
            ("KEYWORD $Work", b"2"),
            ("FROM bob", b"2"),
            ('SUBJECT "first"', b"1"),
            ("BODY needle", b"2 3"),
            ("OR FROM ann FROM carl", b"1 3"),
            ("NOT 2:3", b"1"),
            ("SINCE 17-Jul-1996 BEFORE 18-Jul-1996", b"1 2 3"),
            ("LARGER 100000", b""),
        ):
            with self.subTest(key):
                self.ok(self.client.search(None, key), expected)

    def test_other_scripts(self):
        for word, expected in (("日本語", b"3"), ("便り", b"3"), ("旅行", b"")):
            self.client.literal = word.encode()
            self.ok(self.client.search("UTF-8", "TEXT"), expected)

    def test_by_uid(self):
        self.client.expunge()
        self.ok(self.client.search(None, "ALL"), b"1 2")
        self.ok(self.client.uid("SEARCH", "ALL"), b"1 3")

    def test_refusals(self):
        answer, _ = self.client.search("KOI8-R", "ALL")
        self.assertEqual(answer, "NO")
        with self.assertRaises(imaplib.IMAP4.error):
            self.client.search(None, "COLOUR red")


if __name__ == "__main__":
    unittest.main()
