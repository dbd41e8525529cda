"""Fetches all of INBOX with nothing but the standard library, one file for each mail.

Arguments: host, port, user, password, file of the authority, folder, number of mails.
"""

import imaplib
import pathlib
import re
import ssl
import sys

# imaplib keeps an answer in memory: some megabytes at a time.
PIECE = 100

host, port, user, password, authority, folder, mails = sys.argv[1:]
folder = pathlib.Path(folder)
context = ssl.create_default_context(cafile=authority)
client = imaplib.IMAP4_SSL(host, int(port), ssl_context=context)
client.login(user, password)
client.select("INBOX", readonly=True)
for first in range(1, int(mails) + 1, PIECE):
    last = min(first + PIECE - 1, int(mails))
    status, rows = client.uid("FETCH", f"{first}:{last}", "(UID BODY.PEEK[])")
    if status != "OK":
        sys.exit(f"FETCH was answered {status}")
    for row in rows:
        if isinstance(row, tuple):
            uid = re.search(rb"UID (\d+)", row[0]).group(1).decode()
            (folder / f"{uid}.eml").write_bytes(row[1])
client.logout()
