"""The forms that have fields to be wrong in; what is only chosen is read by the views."""

from typing import Any

from django import forms

from apps.documents.models import Collection, Level

EVERYONE_LEVELS = (
    (Level.NONE.value, "Nothing, unless it is granted"),
    (Level.READ.value, "Read"),
    (Level.WRITE.value, "Read and add"),
)


class CollectionForm(forms.Form):
    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="What belongs here, in a sentence.")
    everyone = forms.ChoiceField(choices=EVERYONE_LEVELS, label="Everyone in the workspace may")

    # Any: what was sent, or nothing.
    @classmethod
    def of(cls, collection: Collection | None = None, data: Any = None) -> "CollectionForm":
        initial = {"name": collection.name, "description": collection.description, "everyone": collection.everyone} if collection else None
        return cls(data, initial=initial, auto_id="collection-%s")
