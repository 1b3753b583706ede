"""What a change takes from people, told before it is made; None where it takes nothing from anybody."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.accounts.types import Reader
from apps.documents.audience import EVERYONE, Who, audience_of, in_words, is_everyone, readers_of
from apps.documents.models import Access, Collection, Document, Level
from apps.documents.rights import READING, sees
from apps.documents.selectors import is_visible

_LEVELS = (Level.NONE, Level.READ, Level.WRITE, Level.MANAGE)
_LEFT_OUT = "You will no longer see it yourself, and so cannot change it back."


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks before it does something; `button` is what doing it is called."""

    title: str
    effects: tuple[str, ...]
    button: str


def of_access(reader: Reader, document: Document, access: str) -> Question | None:
    after = audience_of(reader, document, access, document.collection)
    if access == document.access or is_everyone(after):
        return None
    before = audience_of(reader, document, document.access, document.collection)
    effects = [f"Will see it: {in_words(after)}.", f"Will no longer see it: {_losing(document, before)}."]
    if not sees(reader, document, access, document.collection):
        effects.append(_LEFT_OUT)
    return Question(f"Change who sees “{document.title}”?", tuple(effects), "Change who sees it")


def _losing(document: Document, before: Iterable[Who]) -> str:
    if is_everyone(before):
        return "everyone else in the workspace"
    return "whoever reads the collection and is not named" if document.access == Access.INTERNAL else "whom it names, unless they may read the collection"


def of_move(reader: Reader, document: Document, target: Collection) -> Question | None:
    """Only where the document is internal: another collection has other readers."""
    before, after = (audience_of(reader, document, document.access, one) for one in (document.collection, target))
    if document.access != Access.INTERNAL or document.collection_id == target.pk or (is_everyone(before) and is_everyone(after)):
        return None
    effects = [f"Readers of “{target.name}” will see it: {in_words(readers_of(reader, target))}."]
    if not is_everyone(after):
        effects.append(f"Readers of {_present(reader, document)} who may not read “{target.name}” will no longer see it.")
    if not sees(reader, document, document.access, target):
        effects.append(_LEFT_OUT)
    return Question(f"Move “{document.title}” to “{target.name}”?", tuple(effects), "Move it")


def _present(reader: Reader, document: Document) -> str:
    return f"“{document.collection.name}”" if is_visible(reader, document.collection) else "its present collection"


def of_unshare(document: Document, who: str, *, is_reader: bool) -> Question | None:
    """A name counts on a restricted document alone."""
    if document.access != Access.RESTRICTED:
        return None
    effects = [f"{who} will no longer see it, unless another name on it lets them."]
    if is_reader:
        effects.append("You are among them.")
    return Question(f"Take {who} off “{document.title}”?", tuple(effects), "Take off")


def of_everyone(collection: Collection, level: str) -> Question | None:
    if _rank(level) >= _rank(collection.everyone):
        return None
    effects = [f"{EVERYONE} will be able to do less here: {_does(level)} instead of {_does(collection.everyone)}."]
    if level not in READING:
        effects.append("Its internal documents leave the library, search and answers of whoever is not granted anything here.")
    effects.append("What is granted to people and groups stays.")
    return Question(f"Open “{collection.name}” less to everyone?", tuple(effects), "Change it")


def of_grant(collection: Collection, who: str, before: str, after: str, *, is_reader: bool) -> Question | None:
    """`after` is the level that is left: none where the grant is taken back."""
    if _rank(after) >= _rank(before):
        return None
    effects = [f"{who} will be able to do less here: {_does(after)} instead of {_does(before)}."]
    if after not in READING and collection.everyone not in READING:
        effects.append("Its internal documents leave their library, search and answers, unless another grant lets them read.")
    if is_reader:
        effects.append("You are among them: you may not be able to change this back.")
    return Question(f"Take rights in “{collection.name}” from {who}?", tuple(effects), "Take them")


def _rank(level: str) -> int:
    return _LEVELS.index(Level(level))


def _does(level: str) -> str:
    return Level(level).label.lower()
