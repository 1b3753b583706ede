"""What a person does with a question: ask it, stop the answer, try again. The answer itself is the agents' work."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.types import Reader
from apps.chat.errors import AlreadyAnswered
from apps.chat.models import Citation, Conversation, Message, MessageRole, Run, RunState
from apps.chat.selectors.conversations import get_conversation
from apps.chat.selectors.runs import get_run
from apps.chat.services.endings import Ending, end_run
from apps.chat.text import shorten, storable
from apps.common.errors import Invalid
from apps.common.push import ring
from apps.documents.selectors import get_readable_collection

TITLE_CHARS = 80
# A question and its answer.
Turn = tuple[str, str]
# An answer is made of what its asker may read.
ASKING = ("chat.ask", "document.view")


def ask_question(
    reader: Reader, *, text: str, conversation_id: UUID | None = None, collection_id: UUID | None = None, earlier: Sequence[Turn] | None = None
) -> Run:
    """Keep the question and ask for an answer: all of it or nothing.

    With `collection_id` nothing outside of that collection is found. `earlier` is for programs that keep their conversation themselves: the
    turns before this one, none or more, each a question and its answer; the side bar then does not list this question.

    1. Refuse what is no question (Invalid, in words for the asker), and a collection that is not open to them (NotFound).
    2. In one transaction: the conversation if it is new, the question, the empty answer, the run.
    3. After commit, ring for the agents; should the ring get lost, they look by themselves.
    """
    reader.require_all(*ASKING)
    question_text = clean_question(text)
    if collection_id is not None:
        get_readable_collection(reader, collection_id)
    with transaction.atomic():
        conversation = _conversation(reader, question_text, conversation_id, is_listed=earlier is None)
        question = Message.objects.create(conversation=conversation, role=MessageRole.USER, text=question_text)
        answer = Message.objects.create(conversation=conversation, role=MessageRole.ASSISTANT, reply_to=question)
        run = Run.objects.create(
            conversation=conversation,
            question=question,
            answer=answer,
            api_key_id=reader.api_key_id,
            collection_id=collection_id,
            earlier=None if earlier is None else [list(turn) for turn in earlier],
        )
        transaction.on_commit(lambda: ring("agents", {"run": str(run.pk)}))
    return run


def cancel_run(reader: Reader, run_id: UUID) -> Run:
    """Stop a run. One that nobody has taken up ends here; one that is going ends where it runs, within 300 ms.

    Stopping what has ended changes nothing.
    """
    reader.require("chat.ask")
    run = get_run(reader, run_id)
    with transaction.atomic():
        run = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if run.state == RunState.ACCEPTED:
            end_run(run.pk, run.attempt, Ending(RunState.CANCELLED), from_state=RunState.ACCEPTED)
            transaction.on_commit(lambda: ring(f"run.{run.pk}", {}))
        elif run.state == RunState.RUNNING and run.cancel_requested_at is None:
            Run.objects.filter(pk=run.pk).update(cancel_requested_at=timezone.now())
            transaction.on_commit(lambda: ring("agents", {"cancel": str(run.pk)}))
    run.refresh_from_db()
    return run


def retry_run(reader: Reader, run_id: UUID) -> Run:
    """Answer the same question anew after a failure or a stop: a new run of the same answer.

    Asked twice, it gives the run that is already going. An answered question is a Conflict.
    """
    reader.require_all(*ASKING)
    asked = get_run(reader, run_id)
    with transaction.atomic():
        answer = Message.objects.select_for_update(of=("self",)).get(pk=asked.answer_id)
        latest = Run.objects.filter(answer=answer).order_by("-created_at")[0]
        if latest.is_live:
            return latest
        if latest.state == RunState.COMPLETED:
            raise AlreadyAnswered("This question has its answer. Ask again to get another one.")
        Citation.objects.filter(message=answer).delete()
        Message.objects.filter(pk=answer.pk).update(text="")
        run = Run.objects.create(
            conversation_id=asked.conversation_id,
            question_id=asked.question_id,
            answer=answer,
            api_key_id=reader.api_key_id,
            collection_id=asked.collection_id,
            earlier=asked.earlier,
        )
        transaction.on_commit(lambda: ring("agents", {"run": str(run.pk)}))
    return run


def clean_question(text: str) -> str:
    """The question as it is kept. Raises Invalid for nothing and for too much."""
    question = storable(text).replace("\r\n", "\n").strip()
    limit = settings.QUIRE_QUESTION_MAX_CHARS
    if not question:
        raise Invalid("Type a question.")
    if len(question) > limit:
        raise Invalid(f"The question has {len(question):,} characters; the limit is {limit:,}. Shorten it, or add the text to the library.")
    return question


def _conversation(reader: Reader, question: str, conversation_id: UUID | None, *, is_listed: bool) -> Conversation:
    if conversation_id is None:
        title = shorten(question, TITLE_CHARS)
        return Conversation.objects.create(workspace=reader.workspace, owner=reader.user, title=title, is_listed=is_listed)
    conversation = get_conversation(reader, conversation_id)
    Conversation.objects.filter(pk=conversation.pk).update(updated_at=timezone.now())
    return conversation
