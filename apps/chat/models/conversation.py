import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.accounts.models import Workspace
from apps.chat.querysets import ConversationQuerySet


class Conversation(models.Model):
    """A person's talk with the library of one workspace."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="conversations")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=120)
    # Not in the side bar: the one question of a program that keeps its conversation itself.
    is_listed = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now_add=True)
    # Of what was said before the last turns, in a model's words; up to and with this answer.
    summary = models.TextField(blank=True, db_default="")
    summarised_until = models.ForeignKey("chat.Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # Programs may leave a hundred thousand that are not listed; a page reads fifty that are.
            models.Index(fields=["owner", "workspace", "-updated_at"], condition=models.Q(is_listed=True), name="conversation_listed"),
        ]

    def __str__(self) -> str:
        return self.title
