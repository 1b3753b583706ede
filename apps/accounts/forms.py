"""What the settings' forms take. Whether it may be is the services' to say."""

from typing import Any
from uuid import uuid4

from django import forms

from apps.accounts.permissions import PERMISSIONS, Permission
from apps.accounts.services.keys import DAYS, GRACE_HOURS, NAME_CHARS
from apps.accounts.types import Reader

USUAL_SCOPES = ("document.view", "chat.ask")
# A key makes no keys.
NOT_FOR_KEYS = frozenset({"key.create"})


class KeyForm(forms.Form):
    """A new key: its scopes are among the reader's own permissions."""

    name = forms.CharField(label="Name", max_length=NAME_CHARS, help_text="What will use it, such as “Nightly import”.")
    scopes = forms.MultipleChoiceField(label="What it may do", error_messages={"required": "Choose at least one thing that the key may do."})
    days = forms.TypedChoiceField(label="Expires", coerce=int, choices=[(days, f"In {days} days") for days in (30, 90, 180, 365)], initial=DAYS)
    # The same form sent twice, by a reload of the page that shows the key, makes one key.
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, reader: Reader, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = [one for one in PERMISSIONS if one.name in reader.permissions - NOT_FOR_KEYS]
        scopes = self.fields["scopes"]
        assert isinstance(scopes, forms.MultipleChoiceField)
        scopes.choices = [(one.name, one.label) for one in self.offered]
        scopes.initial = [name for name in USUAL_SCOPES if name in reader.permissions]
        self.fields["once"].initial = uuid4

    def scope_choices(self) -> list[tuple[Permission, bool]]:
        """Each scope on offer, and whether its box is ticked."""
        ticked = self["scopes"].value() or ()
        return [(one, one.name in ticked) for one in self.offered]


class RotateForm(forms.Form):
    """How long the old key goes on."""

    grace_hours = forms.TypedChoiceField(
        label="The old key goes on working for",
        coerce=int,
        choices=[(0, "no longer: it ends at once"), (1, "1 hour"), (24, "24 hours"), (72, "3 days"), (168, "7 days")],
        initial=GRACE_HOURS,
    )
