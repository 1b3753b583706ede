"""What a person does with a question: ask it, stop the answer, try again. The answer itself is the agents' work."""

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

TITLE_CHARS = 80
# An answer is made of what its asker may read.
ASKING = ("chat.ask", "document.view")


def ask_question(reader: Reader, *, text: str, conversation_id: UUID | None = None) -> Run:
    """Keep the question and ask for an answer: all of it or nothing.

    1. Refuse what is no question (Invalid, in words for the asker).
    2. In one transaction: the conversation if it is new, the question, the empty answer, the run.
    3. After commit, ring for the agents; should the ring get lost, they look by themselves.
    """
    reader.require_all(*ASKING)
    question_text = clean_question(text)
    with transaction.atomic():
        conversation = _conversation(reader, question_text, conversation_id)
        question = Message.objects.create(conversation=conversation, role=MessageRole.USER, text=question_text)
        answer = Message.objects.create(conversation=conversation, role=MessageRole.ASSISTANT, reply_to=question)
        run = Run.objects.create(conversation=conversation, question=question, answer=answer, api_key_id=reader.api_key_id)
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
        run = Run.objects.create(conversation_id=asked.conversation_id, question_id=asked.question_id, answer=answer, api_key_id=reader.api_key_id)
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


def _conversation(reader: Reader, question: str, conversation_id: UUID | None) -> Conversation:
    if conversation_id is None:
        return Conversation.objects.create(workspace=reader.workspace, owner=reader.user, title=shorten(question, TITLE_CHARS))
    conversation = get_conversation(reader, conversation_id)
    Conversation.objects.filter(pk=conversation.pk).update(updated_at=timezone.now())
    return conversation
