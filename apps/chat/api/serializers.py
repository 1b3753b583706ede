from typing import Any

from rest_framework import serializers


class TextField(serializers.CharField):
    """Text and nothing else: DRF's own takes numbers for text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class QuestionInput(serializers.Serializer[Any]):
    """Shape only; what a question may be is the service's to say."""

    question = TextField(allow_blank=True, trim_whitespace=False)
    conversation = serializers.UUIDField(required=False, allow_null=True, default=None)
