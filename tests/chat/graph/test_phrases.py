from apps.chat.graph import phrases


def test_the_nearest_documents_are_named_once_and_three_at_most():
    assert phrases.nearest(["A", "B", "A", "C", "D"]) == "The nearest documents are **A**, **B** and **C**."


def test_one_document_is_named_in_the_singular():
    assert phrases.nearest(["A", "A"]) == "The nearest document is **A**."


def test_no_document_is_not_named():
    assert phrases.nearest([]) == ""


def test_a_title_cannot_become_markup_or_a_citation():
    assert phrases.nearest(["[1](http://x) *y*\nz"]) == r"The nearest document is **\[1\]\(http://x\) \*y\* z**."
