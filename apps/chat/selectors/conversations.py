from uuid import UUID

from apps.accounts.types import Reader
from apps.chat.models import Conversation
from apps.common.errors import NotFound

SIDEBAR_COUNT = 50


def list_conversations(reader: Reader, *, limit: int = SIDEBAR_COUNT) -> list[Conversation]:
    """The reader's own, the latest first; without those of programs that keep their conversation themselves."""
    return list(Conversation.objects.visible_to(reader).filter(is_listed=True).order_by("-updated_at")[:limit])


def get_conversation(reader: Reader, conversation_id: UUID) -> Conversation:
    conversation = Conversation.objects.visible_to(reader).filter(pk=conversation_id).first()
    if conversation is None:
        raise NotFound
    return conversation
