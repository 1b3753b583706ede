"""Messages with files, made for the tests."""

from email.message import EmailMessage

from django.core.files.storage import default_storage

from tests.documents.files import make_pdf


def mail(*files, subject="The offer", text="Please see the attached files about the offer."):
    """A message with files, each a name and its bytes."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "ann@example.org", "ben@example.org"
    message.set_content(text)
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


NOTE = ("note.txt", b"The zebra stands in the attached note.")
PAGE = ("page.pdf", make_pdf(["The giraffe stands on the attached page."]))


def stored():
    """The places of all files in the storage."""
    folders, found = ["documents"], []
    while folders:
        folder = folders.pop()
        try:
            inside, files = default_storage.listdir(folder)
        except FileNotFoundError:
            continue
        folders += [f"{folder}/{one}" for one in inside]
        found += [f"{folder}/{one}" for one in files]
    return found
