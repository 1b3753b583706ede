import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.rights import calls, table


@dataclass
class Rights:
    """How much of the matrix is called: a third of the principals, another third each row (`sample`), all, or all to write it."""

    mode: str
    proposed: table.Table = field(default_factory=dict)

    @property
    def is_writing(self) -> bool:
        return self.mode == "write"

    def some(self, principals: Sequence[str], number: int) -> Sequence[str]:
        return [one for place, one in enumerate(principals) if (place + number) % 3 == 0] if self.mode == "sample" else principals

    def judge(self, got: table.Table) -> None:
        """Hold what came of the calls against the table; or keep it, to write the table anew."""
        if self.is_writing:
            self.proposed |= got
        else:
            assert table.told(got, table.read_table()) == []

    def keep_baseline(self, path: Path, counts: dict[str, list[int]]) -> None:
        if self.is_writing:
            lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(pair)}" for name, pair in counts.items())
            path.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


@pytest.fixture(scope="session")
def rights(request) -> Iterator[Rights]:
    rights = Rights(request.config.getoption("--rights"))
    yield rights
    if rights.is_writing:
        # What was not called this time stays as it was, but for calls that are gone.
        order = {(row.name, row.method): place for place, row in enumerate(calls.list_rows()[0])}
        kept = {key: cells for key, cells in table.read_table().items() if key[:2] in order or key[0] in {"socket", "tool"}}
        lines = {key: cells for key, cells in kept.items() if key[:2] not in {key[:2] for key in rights.proposed}} | rights.proposed
        table.write_table(dict(sorted(lines.items(), key=lambda line: (order.get(line[0][:2], len(order)), line[0][:2]))))
