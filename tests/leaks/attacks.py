"""What somebody could ask to learn of a paper that they may not see: each by a word of it, which may as well be one that nobody wrote."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid5

from apps.documents.search import Filters
from tests.leaks.scene import UNWRITTEN, Scene, canary, tag_of, title_of

_NOWHERE = UUID("00000000-0000-0000-0000-00000000feed")


@dataclass(frozen=True)
class Attack:
    """`query` and `filters` name the paper of a number; with UNWRITTEN they name nothing that there is."""

    name: str
    query: Callable[[int], str]
    # By the ids of the paper and of its collection.
    filters: Callable[[UUID, UUID], Filters] | None = None
    # Whether who sees the paper finds it so: an attack that finds nothing for anybody shows nothing.
    finds: bool = True
    # It names the paper's collection, in which papers stand that the asker sees: one that is hidden has to be one that is not there.
    names_shelf: bool = False


def _by_word(number: int) -> str:
    return canary(number)


ATTACKS = (
    Attack("its word", canary),
    Attack("its word in capitals", lambda number: canary(number).upper()),
    Attack("its word among others", lambda number: f"lease salary {canary(number)} glaze", finds=False),
    Attack("its sentence", lambda number: f"The salary of the head of design is {canary(number)} and nothing else.", finds=False),
    Attack("its word twice", lambda number: f"{canary(number)} {canary(number)}"),
    Attack("its word exactly", lambda number: f'"{canary(number)}"'),
    Attack("its end exactly", lambda number: f'"{canary(number)} and nothing else"'),
    Attack("without its word", lambda number: f"salary -{canary(number)}", finds=False),
    Attack("without its sentence", lambda number: f'lease -"is {canary(number)}"', finds=False),
    Attack("its title", lambda number: f'title:"{title_of(number)}"'),
    Attack("its title and a word of all", lambda number: f"title:{title_of(number).split()[1]} minutes board"),
    Attack("its tag", lambda number: f"tag:{tag_of(number)}"),
    Attack("its tag and its word", lambda number: f"tag:{tag_of(number)} {canary(number)}"),
    Attack("its word and every kind", lambda number: f"{canary(number)} type:pdf type:docx type:eml type:text"),
    Attack("its word and how open it is", lambda number: f"{canary(number)} access:restricted access:internal access:public"),
    Attack("its word and its language", lambda number: f"{canary(number)} language:en", finds=False),
    Attack("its word and its day", lambda number: f"{canary(number)} after:2025-12-31 before:2026-01-02"),
    Attack("its id", lambda number: "salary lease board", lambda document, shelf: Filters(document_ids=frozenset((document,)))),
    Attack("its id alone", lambda number: "", lambda document, shelf: Filters(document_ids=frozenset((document,)))),
    Attack("its id and its word", _by_word, lambda document, shelf: Filters(document_ids=frozenset((document,)))),
    Attack("its collection and its word", _by_word, lambda document, shelf: Filters(collection_ids=frozenset((shelf,))), finds=False, names_shelf=True),
    Attack("words a letter from its word", lambda number: f"{canary(number)[:-1]} {canary(number)}s zephyr {number:06d}", finds=False),
    Attack("signs around its word", lambda number: f"({canary(number)}) & !{canary(number)} | '{canary(number)}'; --", finds=False),
)


def filters_of(scene: Scene, attack: Attack, number: int) -> Filters:
    if attack.filters is None:
        return Filters()
    if number == UNWRITTEN:
        return attack.filters(_NOWHERE, uuid5(_NOWHERE, "shelf"))
    document = scene.documents[number]
    return attack.filters(document.pk, document.collection_id)
