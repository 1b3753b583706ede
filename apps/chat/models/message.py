import uuid
from typing import ClassVar

from django.db import models

from apps.chat.models.conversation import Conversation
from apps.chat.querysets import MessageQuerySet


class MessageRole(models.TextChoices):
    USER = "user", "Person"
    ASSISTANT = "assistant", "Quire"


class Message(models.Model):
    """What one side said. An answer's text is empty until its run ends; its marks `[n]` are its citations' numbers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    role = models.CharField(max_length=10, choices=MessageRole)
    text = models.TextField(blank=True)
    reply_to = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="replies")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["conversation", "created_at"], name="message_in_order")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(role__in=["user", "assistant"]), name="message_role_known"),
            models.CheckConstraint(condition=models.Q(role="user") | models.Q(reply_to__isnull=False), name="answer_has_question"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.created_at:%Y-%m-%d %H:%M}"
