"""Letting an old key go: every secret in the database is sealed with the first of QUIRE_ENCRYPTION_KEYS."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model

from apps.common.crypto import CannotOpen, EncryptedTextField, Sealed, first_key_id, key_id_of, seal, unseal

BATCH = 200


def seal_all_again() -> tuple[int, list[str]]:
    """Return how many secrets were sealed again, and which no key opens. Run twice, it has nothing to do the second time.

    Rows are locked a batch at a time. What is added meanwhile is sealed with the first key already.
    """
    count, lost = 0, []
    for model, field in _sealed_fields():
        for pks in _batches(model):
            sealed, unopened = _seal_again(model, field, pks)
            count += sealed
            lost += [f"{model._meta.label} {pk}: {field.name}" for pk in unopened]
    return count, lost


def _sealed_fields() -> Iterator[tuple[type[Model], EncryptedTextField]]:
    for model in apps.get_models():
        yield from ((model, field) for field in model._meta.local_fields if isinstance(field, EncryptedTextField))


# Any: a primary key of any model.
def _batches(model: type[Model]) -> Iterator[list[Any]]:
    rows = model._base_manager.order_by("pk").values_list("pk", flat=True)
    batch = list(rows[:BATCH])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1])[:BATCH])


def _seal_again(model: type[Model], field: EncryptedTextField, pks: Sequence[Any]) -> tuple[int, list[Any]]:
    first, sealed, lost = first_key_id(), 0, []
    with transaction.atomic():
        for row in model._base_manager.select_for_update().filter(pk__in=pks).only(field.attname).order_by("pk"):
            value, place = row.__dict__[field.attname], field.place_of(row)
            try:
                text = unseal(value, place) if value else ""
            except CannotOpen:
                lost.append(row.pk)
                continue
            if text and key_id_of(value) != first:
                sealed += model._base_manager.filter(pk=row.pk).update(**{field.attname: Sealed(seal(text, place))})
    return sealed, lost
