"""Whatever somebody asks, by whatever face and mode: what they may not see answers as what is not there.

`make prove-search` asks for all of it; `make test` a sample, by the same code.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import pytest
from django.core.cache import cache

from tests.documents.conftest import MODEL
from tests.leaks.attacks import ATTACKS, Attack, filters_of
from tests.leaks.faces import FACES, Asker, Outcome
from tests.leaks.scene import UNWRITTEN, Scene, embed_without_canaries, passages_of, title_of

# The search runs its queries in connections of its own.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

# People, papers, and how many hidden papers and how many visible ones each of them asks about.
SAMPLE = (6, 120, 2, 1)
FULL = (50, 2000, 5, 1)


REPORT = "search-leaks.json"


@pytest.fixture(autouse=True)
def _without_limits(settings, monkeypatch):
    for name in ("SEARCHES_PER_USER", "API_PER_USER", "API_PER_WORKSPACE"):
        setattr(settings, f"QUIRE_LIMIT_{name}", 0)
    cache.clear()
    monkeypatch.setattr("apps.documents.search.hybrid.embed", embed_without_canaries)
    monkeypatch.setattr("apps.documents.search.hybrid.get_embedding_model", lambda: MODEL)


@dataclass
class Report:
    queries: int = 0
    foreign: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    by_face: Counter[str] = field(default_factory=Counter)


@dataclass
class Siege:
    scene: Scene
    report: Report = field(default_factory=Report)

    def __post_init__(self) -> None:
        self.askers = {name: Asker(reader) for name, reader in self.scene.readers.items()}
        self.faces: Iterator[str] = cycle(FACES)

    def ask(self, face: str, person: str, attack: Attack, number: int) -> Outcome:
        outcome = FACES[face](self.askers[person], attack.query(number), filters_of(self.scene, attack, number))
        self.report.queries += 1
        self.report.by_face[face] += 1
        hidden = [title for title in outcome.titles if not self.scene.model.sees(person, title)]
        if hidden:
            self.report.foreign.append(f"{person} by {face}, {attack.name} of {number}: {hidden}")
        return outcome

    def about_hidden(self, person: str, attack: Attack, number: int) -> None:
        """What is hidden has to answer as what nobody wrote, to the last number."""
        face = next(self.faces)
        if attack.names_shelf and self.scene.sees_shelf(person, number):
            return
        written, unwritten = self.ask(face, person, attack, number), self.ask(face, person, attack, UNWRITTEN)
        if plain(written.told, number) != plain(unwritten.told, UNWRITTEN):
            self.report.differences.append(f"{person} by {face}: {attack.name} of {number}")

    def about_visible(self, person: str, attack: Attack, number: int) -> None:
        """The same question of somebody who may: else that nothing was found would show nothing."""
        found = self.ask("mode default", person, attack, number)
        if attack.finds and title_of(number) not in found.titles:
            self.report.missed.append(f"{person}: {attack.name} of {number}")


# Any: JSON, or what stands for it.
def plain(told: Any, number: int) -> str:
    """What was said, without what was asked."""
    return json.dumps(told, sort_keys=True, default=str).replace(f"{number:06d}", "NUMBER")


def with_a_volume(hidden: list[int]) -> list[int]:
    """Put one in front whose word is common among what is hidden."""
    return sorted(hidden, key=lambda number: number != next((one for one in hidden if passages_of(one) > 1), None))


def test_nobody_learns_of_what_they_may_not_see(request, tmp_path_factory):
    is_full = request.config.getoption("--rights") == "full"
    people, papers, hidden_each, visible_each = FULL if is_full else SAMPLE
    siege = Siege(Scene(people, papers).build())
    report, scene = siege.report, siege.scene
    for place, person in enumerate(scene.readers):
        # Other papers for each, from all over.
        order = sorted(scene.documents, key=lambda number: (number * 7919 + place * 104_729) % papers)
        hidden = [number for number in order if not scene.sees(person, number)]
        seen = [number for number in order if scene.sees(person, number)]
        for attack in ATTACKS:
            for number in with_a_volume(hidden)[:hidden_each]:
                siege.about_hidden(person, attack, number)
            for number in seen[:visible_each]:
                siege.about_visible(person, attack, number)
    told = {"people": people, "papers": papers, "queries": report.queries, "foreign_hits": len(report.foreign), "differences": len(report.differences)}
    (tmp_path_factory.getbasetemp() / REPORT).write_text(json.dumps(told | {"missed": len(report.missed), "by_face": report.by_face}))
    assert (report.foreign, report.differences, report.missed) == ([], [], [])
    assert set(report.by_face) == set(FACES)
    assert report.queries > (5_000 if is_full else 250)
