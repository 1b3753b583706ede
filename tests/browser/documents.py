"""Files that a person might upload, made here."""

from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas


def make_pdf(pages: list[str]) -> bytes:
    """A PDF with a page of words for each text."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for text in pages:
        lines = canvas.beginText(72, 760)
        for line in text.split("\n"):
            lines.textLine(line)
        canvas.drawText(lines)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


LEASE = make_pdf(
    [
        "Lease of the workshop in Harbour Street\n\nThe landlord lets the workshop to the tenant for five years.",
        "Rent and notice\n\nThe monthly rent of the workshop is 1,850 euros, due on the third working day.\n"
        "The notice period for the tenant is four months to the end of a quarter.",
    ]
)
