"""The shelves that exist without anybody making them."""

from django.utils.text import slugify

from apps.accounts.models import Workspace
from apps.documents.constants import DEFAULT_COLLECTION
from apps.documents.models import Collection


def get_or_make_collection(workspace: Workspace, name: str = DEFAULT_COLLECTION) -> Collection:
    collection, _is_new = Collection.objects.get_or_create(workspace=workspace, slug=slugify(name), defaults={"name": name})
    return collection
