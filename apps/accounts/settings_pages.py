"""Which pages the settings have, and who is shown which. Apps above this floor add theirs when they start."""

from collections.abc import Callable
from dataclasses import dataclass

from apps.accounts.selectors.keys import has_living_keys
from apps.accounts.types import Reader


@dataclass(frozen=True, slots=True)
class Page:
    """A tab: the name of its address, what it is called, and who may open it."""

    url_name: str
    label: str
    is_open_to: Callable[[Reader], bool]


def pages_of(reader: Reader) -> list[Page]:
    """Those that this person may open, in the order of the tabs."""
    return [page for page in _PAGES if page.is_open_to(reader)]


def register_page(page: Page) -> None:
    """Called by an app when it starts; twice is once. It stands before the table of permissions, which is for looking up."""
    if page not in _PAGES:
        _PAGES.insert(len(_PAGES) - 1, page)


def sees_keys(reader: Reader) -> bool:
    return reader.can("key.create") or reader.can("key.manage") or has_living_keys(reader)


_PAGES = [Page("accounts:keys", "API keys", sees_keys), Page("accounts:permissions", "Permissions", lambda reader: True)]
