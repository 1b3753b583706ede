"""The shelves that exist without anybody making them."""

from django.utils.text import slugify

from apps.accounts.models import Workspace
from apps.documents.constants import DEFAULT_COLLECTION
from apps.documents.models import Collection, Level


def get_or_make_collection(workspace: Workspace, name: str = DEFAULT_COLLECTION) -> Collection:
    """Everybody adds to the general shelf and reads the others that come by themselves."""
    everyone = Level.WRITE if name == DEFAULT_COLLECTION else Level.READ
    collection, _is_new = Collection.objects.get_or_create(workspace=workspace, slug=slugify(name), defaults={"name": name, "everyone": everyone})
    return collection
