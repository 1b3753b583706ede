"""What is said of files that Quire does not read: what they are, and what to do. The list of what it reads is kept here."""

from apps.documents.errors import EncryptedFile, UnsupportedType

READS = (
    "Quire reads PDF, Word (DOCX), PowerPoint (PPTX), Excel (XLSX), OpenDocument (ODT, ODP, ODS), RTF, CSV, HTML, EPUB, "
    "mail (EML, MSG), Markdown, plain text and pictures of text (PNG, JPEG, TIFF)."
)


def unsupported(what: str, advice: str = READS) -> UnsupportedType:
    return UnsupportedType(f"This is {what}. {advice}")


def old_office(program: str, suffix: str, new: str) -> UnsupportedType:
    """Refuse a file of Office before 2007: `program` made it, `new` is what to save it as."""
    kind = f"{program} file of the format before 2007 (.{suffix})"
    article = "an" if kind[0] in "AEIOU" else "a"
    return UnsupportedType(f"This is {article} {kind}. Open it in {program} or LibreOffice and save it as {new}.")


def locked() -> EncryptedFile:
    return EncryptedFile("This file is protected by a password. Save it without one and upload it again.")
