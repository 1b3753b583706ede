"""The rule of "Who may see what", in plain Python and in other words than the code's: what the stateful test believes.

Written from the handbook and the design, knowing nothing of tables or queries.
"""

from dataclasses import dataclass, field

READS = {"read", "write", "manage"}
BY_ROLE = {
    "viewer": {"view"},
    "member": {"view", "add"},
    "editor": {"view", "add", "manage"},
    "admin": {"view", "add", "manage", "collections"},
    "owner": {"view", "add", "manage", "collections"},
    "asks only": set(),
}


@dataclass
class Shelf:
    everyone: str = "none"
    # Names of people and of groups, and what each may do.
    granted: dict[str, str] = field(default_factory=dict)


@dataclass
class Paper:
    owner: str
    shelf: str
    access: str
    named: set[str] = field(default_factory=set)


@dataclass
class Model:
    roles: dict[str, str] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)
    groups: dict[str, set[str]] = field(default_factory=dict)
    shelves: dict[str, Shelf] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)
    # A key of the API: its owner, and whether it may read.
    keys: dict[str, tuple[str, bool]] = field(default_factory=dict)
    # Who asked, and what the answer cites.
    answers: list[tuple[str, str]] = field(default_factory=list)

    def may(self, person: str, right: str) -> bool:
        return person not in self.disabled and right in BY_ROLE.get(self.roles.get(person, ""), set())

    def is_in(self, person: str) -> bool:
        return person in self.roles and person not in self.disabled

    def names_of(self, person: str) -> set[str]:
        """Under which names something can be opened to this person."""
        return {person} | {group for group, people in self.groups.items() if person in people}

    def level(self, person: str, shelf: str) -> set[str]:
        kept = self.shelves[shelf]
        return {kept.everyone} | {level for name, level in kept.granted.items() if name in self.names_of(person)}

    def sees(self, person: str, title: str) -> bool:
        if not self.may(person, "view") or title not in self.papers:
            return False
        paper = self.papers[title]
        if paper.owner == person or paper.access == "public":
            return True
        if paper.access == "internal":
            return bool(self.level(person, paper.shelf) & READS)
        return bool(paper.named & self.names_of(person))

    def seen(self, person: str) -> set[str]:
        return {title for title in self.papers if self.sees(person, title)}

    def manages(self, person: str, title: str) -> bool:
        own = self.papers[title].owner == person and self.may(person, "add")
        return self.sees(person, title) and (own or self.may(person, "manage"))

    def adds_to(self, person: str, shelf: str) -> bool:
        return self.may(person, "add") and (self.may(person, "collections") or bool(self.level(person, shelf) & {"write", "manage"}))

    def rules_shelf(self, person: str, shelf: str) -> bool:
        return self.may(person, "collections") or (self.may(person, "add") and "manage" in self.level(person, shelf))

    def leave(self, person: str) -> None:
        """Leaving the workspace ends what was opened to the person by name, and the places in groups. What they added stays."""
        del self.roles[person]
        for people in self.groups.values():
            people.discard(person)
        for shelf in self.shelves.values():
            shelf.granted.pop(person, None)
        for paper in self.papers.values():
            paper.named.discard(person)
