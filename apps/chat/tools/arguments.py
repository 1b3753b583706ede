"""A tool's arguments: what the model is told of them, and what it wrote, checked against that.

Models write numbers as texts and leave out what is empty; what can be read without guessing is read.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.chat.text import storable
from apps.common.errors import Invalid

_ARGUMENTS_CHARS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Text:
    """One line; what is not printable in it becomes a space."""

    name: str
    description: str
    chars_max: int = 500
    is_required: bool = True

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "string", "description": self.description, "maxLength": self.chars_max}

    @property
    def missing(self) -> str:
        return ""

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Invalid(f"{self.name} has to be a text.")
        line = " ".join("".join(letter if letter.isprintable() else " " for letter in storable(value)).split())
        if len(line) > self.chars_max:
            raise Invalid(f"{self.name} can have at most {self.chars_max} characters.")
        if self.is_required and not line:
            raise Invalid(f"{self.name} is empty.")
        return line


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number; `missing` where it is left out."""

    name: str
    description: str
    missing: int | None
    minimum: int = 1
    maximum: int = 1_000_000
    is_required: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "description": self.description, "minimum": self.minimum, "maximum": self.maximum}

    def read(self, value: Any) -> int:
        if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 10:
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not self.minimum <= value <= self.maximum:
            raise Invalid(f"{self.name} has to be a whole number from {self.minimum} to {self.maximum}.")
        return value


Field = Text | Whole


def schema_of(fields: Iterable[Field]) -> dict[str, Any]:
    """As JSON Schema has it."""
    fields = tuple(fields)
    return {
        "type": "object",
        "properties": {field.name: field.schema for field in fields},
        "required": [field.name for field in fields if field.is_required],
        "additionalProperties": False,
    }


def read_arguments(fields: Sequence[Field], written: str) -> dict[str, Any]:
    """Every field's value. Raises Invalid, in words for the model that wrote them."""
    told = _read_object(written)
    if unknown := sorted(told.keys() - {field.name for field in fields}):
        raise Invalid(f"There is no argument {storable(unknown[0])[:80]}. {_names(fields)}")
    values: dict[str, Any] = {}
    for field in fields:
        value = told.get(field.name)
        if value is None and field.is_required:
            raise Invalid(f"The argument {field.name} is missing. {_names(fields)}")
        values[field.name] = field.missing if value is None else field.read(value)
    return values


def _read_object(written: str) -> dict[str, Any]:
    if len(written) > _ARGUMENTS_CHARS_MAX:
        raise Invalid("The arguments are too long.")
    try:
        told = json.loads(written or "{}")
    except (ValueError, RecursionError):
        raise Invalid("The arguments are no JSON. Write one JSON object.") from None
    if not isinstance(told, dict):
        raise Invalid("The arguments have to be one JSON object.")
    return told


def _names(fields: Sequence[Field]) -> str:
    return f"Known are: {', '.join(field.name for field in fields)}." if fields else "This tool takes none."
