"""The shelves: those that exist without anybody making them, making others, and saying who may do what in them.

Each change locks the collection as the reader sees it now, as `sharing` does with documents.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from apps.accounts.models import Group, Membership, Workspace
from apps.accounts.selectors.readers import renew
from apps.accounts.services.audit import record
from apps.accounts.types import Reader
from apps.common.errors import Conflict, Invalid, NotFound
from apps.documents.constants import DEFAULT_COLLECTION, HANDBOOK_SLUG
from apps.documents.models import Collection, CollectionGrant, Level
from apps.documents.services.bell import ring_collection
from apps.documents.services.sharing import find_subject, ids_of, names_that_are_there

TAKEN = "There is a collection of this name already."
_NAME_CHARS = 120
_DESCRIPTION_CHARS = 500
_EVERYONE = (Level.NONE, Level.READ, Level.WRITE)
_GRANTED = (Level.READ, Level.WRITE, Level.MANAGE)


def get_or_make_collection(workspace: Workspace, name: str = DEFAULT_COLLECTION) -> Collection:
    """Everybody adds to the general shelf and reads the others that come by themselves."""
    everyone = Level.WRITE if name == DEFAULT_COLLECTION else Level.READ
    with transaction.atomic():
        collection, is_new = Collection.objects.get_or_create(workspace=workspace, slug=slugify(name), defaults={"name": name, "everyone": everyone})
        if is_new:
            record("collection.made", target=collection, everyone=everyone)
    return collection


def create_collection(reader: Reader, *, name: str, description: str = "", everyone: str = Level.NONE) -> Collection:
    """Make a collection. Nobody is granted anything in it by that, not even who made it."""
    renew(reader).require("collection.manage")
    name, description = _name(name), _description(description)
    slug = slugify(name, allow_unicode=True)[:_NAME_CHARS] or "collection"
    _require_level(everyone, _EVERYONE)
    if slug == HANDBOOK_SLUG:
        raise Invalid("Quire keeps its own handbook under this name. Choose another one.")
    if Collection.objects.visible_to(reader).filter(name__iexact=name).exists():
        raise Invalid(TAKEN)
    try:
        with transaction.atomic():
            collection = Collection.objects.create(workspace=reader.workspace, name=name, slug=slug, description=description, everyone=everyone)
            record("collection.made", reader=reader, target=collection, everyone=everyone)
    except IntegrityError:
        # Made by somebody else at this moment, or a name that differs in its signs alone.
        raise Conflict("There is a collection of this or a very similar name already.") from None
    return collection


def change_collection(
    reader: Reader, collection: Collection, *, name: str | None = None, description: str | None = None, everyone: str | None = None
) -> Collection:
    """Change what is given. The address of a collection stays, whatever it is called."""
    with locked_collection(reader, collection) as locked:
        wanted = {
            "name": locked.name if name is None else _name(name),
            "description": locked.description if description is None else _description(description),
            "everyone": locked.everyone if everyone is None else _require_level(everyone, _EVERYONE),
        }
        changed = [field for field, value in wanted.items() if getattr(locked, field) != value]
        # Among those the reader sees: a name that is hidden from them must not be given away.
        if "name" in changed and Collection.objects.visible_to(reader).filter(name__iexact=wanted["name"]).exclude(pk=locked.pk).exists():
            raise Invalid(TAKEN)
        if changed:
            levels: dict[str, Any] = {"before": locked.everyone, "after": wanted["everyone"]} if "everyone" in changed else {}
            for field in changed:
                setattr(locked, field, wanted[field])
            locked.save(update_fields=changed)
            record("collection.changed", reader=reader, target=locked, fields=changed, **levels)
    return locked


def grant_collection(reader: Reader, collection: Collection, *, member: Membership | None = None, group: Group | None = None, level: str) -> CollectionGrant:
    """Let one member or group do something in a collection; a grant that there is gets this level."""
    _require_level(level, _GRANTED)
    with names_that_are_there(), locked_collection(reader, collection) as locked:
        subject = find_subject(reader, member, group)
        grant, is_new = CollectionGrant.objects.get_or_create(collection=locked, **subject, defaults={"level": level})
        before = Level.NONE.value if is_new else grant.level
        if before != level:
            CollectionGrant.objects.filter(pk=grant.pk).exclude(level=level).update(level=level)
            grant.level = level
            action = "collection_grant.added" if is_new else "collection_grant.changed"
            record(action, reader=reader, target=locked, before=before, after=level, **ids_of(subject))
    return grant


def revoke_grant(reader: Reader, collection: Collection, *, member: Membership | None = None, group: Group | None = None) -> bool:
    """Take a grant back; whether there was one."""
    with locked_collection(reader, collection) as locked:
        subject = find_subject(reader, member, group)
        grant = CollectionGrant.objects.filter(collection=locked, **subject).first()
        if grant is not None:
            grant.delete()
            record("collection_grant.removed", reader=reader, target=locked, before=grant.level, **ids_of(subject))
    return grant is not None


@contextmanager
def locked_collection(reader: Reader, collection: Collection) -> Iterator[Collection]:
    """Lend a collection that is the reader's to manage, locked until the end of the transaction; then ring for it."""
    with transaction.atomic():
        locked = Collection.objects.visible_to(reader).select_for_update(of=("self",), no_key=True).filter(pk=collection.pk).first()
        now = renew(reader)
        if locked is None or (now is not reader and not Collection.objects.visible_to(now).filter(pk=locked.pk).exists()):
            raise NotFound
        now.require("collection.manage", locked)
        yield locked
        transaction.on_commit(lambda: ring_collection(locked))


def _name(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise Invalid("Give the collection a name.")
    if len(name) > _NAME_CHARS:
        raise Invalid(f"A name has at most {_NAME_CHARS} characters.")
    return name


def _description(description: str) -> str:
    description = description.replace("\x00", "").strip()
    if len(description) > _DESCRIPTION_CHARS:
        raise Invalid(f"A description has at most {_DESCRIPTION_CHARS} characters.")
    return description


def _require_level(level: str, among: tuple[Level, ...]) -> str:
    if level not in [one.value for one in among]:
        raise Invalid(f"The level is one of: {', '.join(one.value for one in among)}.")
    return level
