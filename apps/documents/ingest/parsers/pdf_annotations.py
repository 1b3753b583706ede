"""What was written into a form or laid over a page is no part of the page to pdfium until it is made one."""

from typing import Any

# pypdfium2 has no types.
PdfDocument = Any
PdfPage = Any
# More than these on one page are a drawing.
_LOOKED_AT_MAX = 5000


def draw_answers(document: PdfDocument) -> None:
    """Have pdfium draw the answers that no program drew. To be called before a page is opened."""
    from pypdfium2 import PdfiumError, raw

    if document.get_formtype() in (raw.FORMTYPE_ACRO_FORM, raw.FORMTYPE_XFA_FOREGROUND):
        try:
            document.init_forms()
        except PdfiumError:
            return


def flattened(document: PdfDocument, index: int, page: PdfPage) -> PdfPage:
    """Return the page with what is written on it made part of it; `page` is closed if it is another one."""
    from pypdfium2 import raw

    if not _has_writing(page) or raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) != raw.FLATTEN_SUCCESS:
        return page
    page.close()
    return document[index]


def _has_writing(page: PdfPage) -> bool:
    from pypdfium2 import raw

    writing = (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP)
    for number in range(min(raw.FPDFPage_GetAnnotCount(page), _LOOKED_AT_MAX)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        if annotation:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            raw.FPDFPage_CloseAnnot(annotation)
            if kind in writing:
                return True
    return False
