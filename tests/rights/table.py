"""`expected.csv`: what may come of each call. Kinds of objects with which the same comes out share a line."""

import csv
from pathlib import Path

from tests.rights.world import KINDS, PRINCIPALS

TABLE = Path(__file__).parent / "expected.csv"
# Route, method and kind of object; then what came of it by principal.
Key = tuple[str, str, str]
Table = dict[Key, dict[str, str]]


def read_table() -> Table:
    if not TABLE.exists():
        return {}
    with TABLE.open(newline="", encoding="utf-8") as lines:
        table: Table = {}
        for line in csv.DictReader(lines):
            for kind in KINDS if line["object"] == "any" else line["object"].split():
                table[line["route"], line["method"], kind] = {principal: line.get(principal, "") for principal in PRINCIPALS}
    return table


def write_table(table: Table) -> None:
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["route", "method", "object", *PRINCIPALS])
        lines: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
        for (route, method, kind), cells in table.items():
            lines.setdefault((route, method, tuple(cells[principal] for principal in PRINCIPALS)), []).append(kind)
        for (route, method, cells), kinds in lines.items():
            writer.writerow([route, method, "any" if tuple(kinds) == KINDS else " ".join(kinds), *cells])


def told(got: Table, expected: Table) -> list[str]:
    """Each cell that is not as the table says, in words."""
    wrong = []
    for key, cells in got.items():
        for principal, status in cells.items():
            said = expected.get(key, {}).get(principal, "nothing: the line is missing")
            if status != said:
                wrong.append(f"{key[1]} {key[0]}, object {key[2]}, as {principal}: {status}; the table says {said}")
    return wrong
