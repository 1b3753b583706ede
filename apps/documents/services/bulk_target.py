"""As whom a command adds files, and to which collection."""

from django.db.models import Q
from django.utils.text import slugify

from apps.accounts.models import Membership, RoleName, Workspace
from apps.accounts.selectors.readers import get_reader
from apps.accounts.types import Reader
from apps.common.errors import Invalid, NotFound
from apps.documents.constants import DEFAULT_SLUG
from apps.documents.models import Collection, Level
from apps.documents.selectors import get_collection_to_add
from apps.documents.services.collections import create_collection, get_or_make_collection


def reader_for(slug: str, email: str) -> Reader:
    """Return as whom a command adds: the person of this address, else the first owner, of this workspace or the only one."""
    workspaces = list(Workspace.objects.filter(slug=slug) if slug else Workspace.objects.order_by("slug")[:20])
    if len(workspaces) > 1:
        raise Invalid(f"There are several workspaces: name one with --workspace. They are {', '.join(one.slug for one in workspaces)}.")
    if not workspaces:
        raise NotFound(f"There is no workspace {slug}." if slug else "There is no workspace yet. Run manage.py prepare first.")
    members = Membership.objects.filter(workspace=workspaces[0], user__is_active=True).select_related("user")
    mine = members.filter(user__email__iexact=email) if email else members.filter(role=RoleName.OWNER)
    member = mine.order_by("pk").first()
    if member is None:
        raise NotFound(f"Nobody in {workspaces[0].slug} has the address {email}." if email else f"{workspaces[0].slug} has no owner: name somebody with --as.")
    return get_reader(member.user, workspaces[0].slug)


def shelf_named(reader: Reader, name: str, everyone: str = Level.NONE) -> tuple[Collection, bool]:
    """Return the collection of this name, which the reader may add to, and whether it was made for that."""
    found = Collection.objects.visible_to(reader).filter(Q(name__iexact=name) | Q(slug=name)).first()
    if found is not None:
        return get_collection_to_add(reader, found.pk), False
    if slugify(name) == DEFAULT_SLUG:
        return get_collection_to_add(reader, get_or_make_collection(reader.workspace).pk), True
    return create_collection(reader, name=name, everyone=everyone), True
