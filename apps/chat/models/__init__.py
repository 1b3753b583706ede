from apps.chat.models.citation import Citation, Support
from apps.chat.models.conversation import Conversation
from apps.chat.models.message import Message, MessageRole
from apps.chat.models.run import Run, RunState
from apps.chat.models.run_event import RunEvent

__all__ = ["Citation", "Conversation", "Message", "MessageRole", "Run", "RunEvent", "RunState", "Support"]
