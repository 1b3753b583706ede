"""`make bench-memory`: what the idle product holds in memory, its databases included; one JSON line last on stdout.

PSS counts a page that several processes share once in all. Measured after one document was read, one question
answered and one search done, so that every process has loaded what it works with.
"""

import json
import sys
import time
from pathlib import Path

from tools.product import running_product
from tools.session import Session

SETTLE_SECONDS = 10.0


def family(pid: int) -> list[int]:
    """List a process and all that descend from it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    members = [pid]
    for member in members:
        members.extend(child for child, parent in parents.items() if parent == member)
    return members


def read_memory(pid: int) -> tuple[float, float]:
    """Return PSS and RSS in MB."""
    fields: dict[str, float] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        fields[name] = int(rest.split()[0]) / 1024
    return fields["Pss"], fields["Rss"]


def is_running(pid: int) -> bool:
    """A process that ended, or waits for its parent to notice, has no memory."""
    try:
        return bool(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except OSError:
        return False


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()


def measure(pid: int) -> dict[str, float]:
    rows = [(command_of(member), *read_memory(member)) for member in family(pid) if is_running(member)]
    for command, pss, rss in sorted(rows, key=lambda row: -row[1]):
        print(f"{pss:8.1f} PSS {rss:8.1f} RSS  {command[:100]}", file=sys.stderr)

    def rss_of(word: str) -> float:
        return round(sum(rss for command, _, rss in rows if word in command), 1)

    return {
        "product_pss_mb": round(sum(pss for _, pss, _ in rows), 1),
        "web_rss_mb": rss_of("daphne"),
        "agents_rss_mb": rss_of("run_agents"),
        "worker_rss_mb": rss_of(" worker --"),
    }


def main() -> None:
    with running_product() as product:
        session = Session(product.url)
        session.sign_in(product.email, product.password)
        session.upload("note.txt", b"The lighthouse of Kappeln is painted red and white.\n" * 200)
        session.ask("How do I stop Quire?")
        session.get("/w/home/search/?q=stop")
        time.sleep(SETTLE_SECONDS)
        print(json.dumps(measure(product.pid)))


if __name__ == "__main__":
    main()
