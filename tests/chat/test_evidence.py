"""The threshold on what was found, with the search and the embedder as they are: the handbook's own questions are answered, others are not."""

import re

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings

from apps.chat.graph.evidence import evidence, is_enough
from apps.chat.suggestions import SUGGESTIONS
from apps.chat.tools import TOOLS
from apps.documents.services import index_handbook

HANDBOOK = settings.QUIRE_HANDBOOK
HEADINGS = [heading for page in sorted(HANDBOOK.glob("*.md")) for heading in re.findall(r"^#{2,3} (.*\?)$", page.read_text(), re.MULTILINE)]
ELSEWHERE = ["What is the capital of France?", "Who won the world cup in 2014?", "What is the best recipe for pasta?", "What is our travel expense policy?"]


@pytest.fixture
def find(acme, alice, alice_reader):
    index_handbook(acme, alice, HANDBOOK)
    search = TOOLS["search"].make(_gives(alice_reader))

    async def find_all(questions):
        return {question: await search(question, 8) for question in questions}

    return async_to_sync(find_all)


def _gives(reader):
    async def who():
        return reader

    return who


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_the_handbook_answers_its_own_questions_and_hardly_any_other(find):
    assert len(HEADINGS) > 100
    refused = [question for question, found in find([*SUGGESTIONS, *HEADINGS[::5]]).items() if not is_enough(found)]
    assert refused == []
    answered = [question for question, found in find(ELSEWHERE).items() if is_enough(found)]
    # The threshold was chosen to refuse few that have an answer, not all that have none: some word of a page may be near.
    assert len(answered) <= 1


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_a_question_in_a_language_that_the_embedder_does_not_know_is_not_measured(find):
    (found,) = find(["Wie kann ich meine eigenen Dokumente hochladen und durchsuchen?"]).values()
    assert found
    assert evidence(found) is None
    assert is_enough(found)
