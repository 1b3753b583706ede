"""The whole way with the embedder that comes with Quire: upload, ingestion, search."""

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.documents.ingest.split import SplitLimits, split_document
from apps.documents.ingest.types import Block, BlockKind, Page, Parsed
from apps.documents.models import PassageEmbedding
from apps.documents.search import search
from apps.documents.services import embed_waiting, index_handbook, upload_document
from apps.gateway.selectors import get_embedding_model
from apps.gateway.services import count_tokens
from tests.documents.conftest import read_document
from tests.documents.files import make_pdf

PAGES = [
    "Sewing\nSew the folded sheets on linen cords with waxed thread.",
    "Drying\nLeave the glued book between boards under a weight for one night.",
    "Paper\nPaper is made from fibres that were beaten, drained and pressed.",
]


@pytest.fixture
def _cheap_models():
    """The real ones, for once."""


@pytest.mark.django_db(transaction=True)
def test_a_question_in_other_words_finds_the_page_that_answers_it(alice_reader):
    file = SimpleUploadedFile("craft.pdf", make_pdf(PAGES, title_size=18))
    document = upload_document(alice_reader, file=file, name="craft.pdf")
    read_document(document.jobs.get().id)
    embed_waiting()
    document.refresh_from_db()
    hits = async_to_sync(search)(alice_reader, "How long must it dry?")
    assert (document.state, document.error_detail) == ("ready", "")
    assert (hits[0].page, hits[0].heading_path) == (2, ("Drying",))
    model = get_embedding_model()
    assert {len(one.vector) for one in PassageEmbedding.objects.filter(model=model.name)} == {model.dimension}


@pytest.mark.django_db
def test_the_handbook_is_indexed_with_the_real_embedder(acme, alice, tmp_path):
    (tmp_path / "binding.md").write_text("# Binding\n\nA quire is a gathering of leaves.\n")
    assert index_handbook(acme, alice, tmp_path).added == ("binding.md",)
    assert PassageEmbedding.objects.filter(model=get_embedding_model().name).count() == 1


@pytest.mark.parametrize(
    "text",
    [
        "Ordinary words make up an ordinary sentence. " * 200,
        "等待。这是一个很长的中文段落没有空格" * 200,
        "a" * 5000,
        "Ünïcödé ŵörds " * 500,
        "x_y_z.w-v/u@t#s " * 500,
        "👩‍👩‍👧‍👦🏳️‍🌈" * 300,
        "\u202bשלום עולם" * 300,
    ],
)
def test_nothing_is_embedded_cut_by_the_real_tokenizer_s_own_count(text):
    window = get_embedding_model().window - 2
    blocks = (Block(BlockKind.HEADING, text[:400], 1), Block(BlockKind.PARAGRAPH, text))
    drafts = split_document(Parsed("A title", [Page(None, blocks)]), count_tokens, SplitLimits(window))
    assert max(count_tokens([draft.embedded_text for draft in drafts])) <= window
    own = [draft.text[draft.overlap :] for draft in drafts]
    assert sum(len("".join(each.split())) for each in own) == len("".join((text[:400] + text).split()))
