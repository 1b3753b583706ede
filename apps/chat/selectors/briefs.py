"""What an agent needs to know before it begins, read in one go so that no connection is held while it works."""

from dataclasses import dataclass
from uuid import UUID

from apps.accounts.selectors.readers import get_reader_by_id, get_reader_of_key
from apps.accounts.types import Reader
from apps.chat.errors import RightsChanged
from apps.chat.models import Message, MessageRole, Run
from apps.chat.selectors.library import require_collection
from apps.common.errors import NotFound, NotSignedIn
from apps.gateway.selectors import get_chat_model, get_chat_price
from apps.gateway.targets import Price
from apps.gateway.types import ChatModelInfo

HISTORY_TURNS = 6
TURNS_READ_MAX = 40
KEY_ENDED = "The API key that asked was revoked or has expired. Ask again with another one."


@dataclass(frozen=True, slots=True)
class TalkSoFar:
    """A conversation as its summary has it: `turns` are those answered since, the oldest first, `answers` their ids."""

    id: UUID
    summary: str
    until_id: UUID | None
    turns: tuple[tuple[str, str], ...]
    answers: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class RunBrief:
    reader: Reader
    question: str
    answer_id: UUID
    history: tuple[tuple[str, str], ...]
    model: ChatModelInfo
    price: Price | None = None
    conversation: TalkSoFar | None = None
    # None: all that the asker reads.
    collection_id: UUID | None = None

    @property
    def summary(self) -> str:
        """Of what came before `history`; a model that only quotes has no use for it."""
        return self.conversation.summary if self.conversation and not self.model.is_embedded else ""


def get_run_brief(run_id: UUID) -> RunBrief:
    """Raises NotFound when the run is gone, or its owner is no longer in the workspace; RightsChanged with its key's end, or where the one
    collection that it asks is not open to the asker.
    """
    run = Run.objects.select_related("conversation__summarised_until", "question").filter(pk=run_id).first()
    if run is None:
        raise NotFound
    reader = _get_asker(run)
    reader.require_all("chat.ask", "document.view")
    require_collection(reader, run.collection_id)
    talk = _talk_before(run)
    history = talk.turns if run.earlier is None else tuple((question, answer) for question, answer in run.earlier)
    return RunBrief(
        reader=reader,
        question=run.question.text,
        answer_id=run.answer_id,
        history=history[-HISTORY_TURNS:],
        model=get_chat_model(str(reader.workspace.pk)),
        price=get_chat_price(str(reader.workspace.pk)),
        conversation=talk,
        collection_id=run.collection_id,
    )


def _get_asker(run: Run) -> Reader:
    """Whoever asked, as they are now: the owner of the conversation, or the key in its owner's name."""
    place = (run.conversation.owner_id, run.conversation.workspace_id)
    if run.api_key_id is None:
        return get_reader_by_id(*place)
    try:
        reader = get_reader_of_key(run.api_key_id)
    except NotSignedIn:
        raise RightsChanged(KEY_ENDED) from None
    if (reader.user.pk, reader.workspace.pk) != place:
        raise RightsChanged(KEY_ENDED)
    return reader


def _talk_before(run: Run) -> TalkSoFar:
    """The answered exchanges before the question that the summary does not reach; of very many the last."""
    conversation = run.conversation
    answers = Message.objects.filter(conversation=conversation, role=MessageRole.ASSISTANT, created_at__lt=run.question.created_at).exclude(text="")
    if conversation.summarised_until is not None:
        answers = answers.filter(created_at__gt=conversation.summarised_until.created_at)
    latest = list(answers.select_related("reply_to").order_by("-created_at")[:TURNS_READ_MAX])[::-1]
    turns = tuple((answer.reply_to.text, answer.text) for answer in latest if answer.reply_to)
    return TalkSoFar(conversation.pk, conversation.summary, conversation.summarised_until_id, turns, tuple(answer.pk for answer in latest))
