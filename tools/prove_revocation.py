"""`python -m tools.prove_revocation`: how long a right that was taken away still works, on every channel; one JSON line last on stdout.

The whole product as real processes, with a model that never stops writing. For each change somebody uses all channels at
once, from outside and without a pause; another process makes the change. Reported is, for each channel, from the commit of
the change to the last use that worked, in milliseconds. All of it has to be under a second, and what a change does not
concern has to go on.
"""

import json
import re
import sys
import time
from collections.abc import Mapping
from typing import Any

from tools.hand import Hand
from tools.product import ROOT, Product, running_product
from tools.revocation.channels import Asking, Channel, Downloading, Listening, Pinging, Waiting
from tools.revocation.model import EndlessModel
from tools.session import Session, wait_for

LIMIT_MS = 1000
PASSWORD = "a long enough passphrase"
QUESTION = "What does the zebra plan say, {who}?"
BY_SESSION = {"page", "rest", "summary", "idle_socket", "library_socket", "run_socket", "file"}
BY_KEY = {"rest_by_key", "agent_by_key", "query_by_key"}
EVERYTHING = BY_SESSION | BY_KEY | {"agent"}
CHANGES = {
    "lose_the_role": EVERYTHING,
    "leave_the_group": EVERYTHING,
    # A socket that shows no document of the grant has nothing to lose.
    "lose_the_grant": EVERYTHING - {"idle_socket"},
    "switch_off": EVERYTHING,
    "leave_the_workspace": EVERYTHING,
    "end_the_session": BY_SESSION,
    "set_a_password": BY_SESSION,
    "revoke_the_key": BY_KEY,
}


def prove() -> dict[str, Any]:
    with EndlessModel() as model:
        settings = {"QUIRE_LLM_BASE_URL": model.address, "QUIRE_LLM_MODEL": "endless", "QUIRE_LLM_API_KEY": "none"}
        with running_product({**settings, **_without_limits()}) as product:
            hand = Hand(product, "tools.revocation.hand")
            try:
                document = _make_document(product, hand)
                results = {change: _prove_change(change, product, hand, model, document) for change in CHANGES}
            finally:
                hand.end()
    times = [ms for result in results.values() for ms in result["ms"].values()]
    problems = [f"{change}: {problem}" for change, result in results.items() for problem in result["problems"]]
    return {"worst_ms": max(times), "limit_ms": LIMIT_MS, "ms": {change: result["ms"] for change, result in results.items()}, "problems": problems}


def _make_document(product: Product, hand: Hand) -> str:
    admin = Session(product.url)
    admin.sign_in(product.email, product.password)
    admin.upload("zebra.txt", b"The zebra plan says that the zebras move to the coast in spring.")
    listed = json.loads(admin.get("/api/v1/documents"))["results"]
    document = next(one["id"] for one in listed if one["title"].lower().startswith("zebra"))
    hand.do("restrict", document=document)
    hand.do("ring", document=document)
    return str(document)


def _prove_change(change: str, product: Product, hand: Hand, model: EndlessModel, document: str) -> dict[str, Any]:
    name = change.replace("_", "-")
    scene = hand.do("scene", name=name, password=PASSWORD, document=document)
    session = Session(product.url)
    session.sign_in(scene["email"], PASSWORD)
    channels = _channels(product, session, scene, document, name)
    agents = {"agent": f"asker-{name}", "agent_by_key": f"asker-{name}-by-key"}
    for channel in channels:
        channel.start()
    if not wait_for(lambda: all(channel.last for channel in channels) and set(agents.values()) <= model.last.keys(), 30):
        silent = [f"{channel.name} {channel.trouble}" for channel in channels if not channel.last]
        raise RuntimeError(f"not in use: {silent}, agents {sorted(model.last)}\n{product.log()[-3000:]}")
    time.sleep(0.5)
    committing = hand.do("change", name=change, email=scene["email"])["committing"]
    wait_for(lambda: _over(channels, agents, model) >= CHANGES[change], 10)
    time.sleep(0.5)
    last = {channel.name: channel.last for channel in channels} | {agent: model.last[who] for agent, who in agents.items()}
    over = _over(channels, agents, model)
    for channel in channels:
        channel.stopped.set()
    hand.do("change", name="switch_off", email=scene["email"])
    ms = {one: max(0, round((last[one] - committing) * 1000)) for one in sorted(CHANGES[change])}
    return {"ms": ms, "problems": _problems(change, ms, channels, over)}


def _channels(product: Product, session: Session, scene: Mapping[str, str], document: str, name: str) -> list[Channel]:
    url, library = product.url, f"{product.url}/w/{scene['slug']}/library/"
    by_session = {"Cookie": f"sessionid={session.cookie('sessionid')}"}
    by_key = {"Authorization": f"Bearer {scene['key']}"}
    counted = _count(session.get(f"/w/{scene['slug']}/library/"))
    run = _ask(session, scene["slug"], QUESTION.format(who=f"asker-{name}"))
    return [
        Asking("page", f"{library}{document}/", by_session, lambda body: b"zebras move" in body),
        Asking("rest", f"{url}/api/v1/documents/{document}", by_session),
        Asking("rest_by_key", f"{url}/api/v1/documents/{document}", by_key),
        Asking("summary", library, by_session, lambda body: _count(body) == counted),
        Pinging("idle_socket", url, by_session),
        Listening("library_socket", url, by_session, {"topic": "library", "workspace": scene["slug"]}, "document.updated"),
        Listening("run_socket", url, by_session, {"topic": "run", "id": run, "after": 0}, "text.delta"),
        Downloading("file", f"{library}{document}/original/", by_session),
        Waiting("query_by_key", url, by_key, QUESTION.format(who=f"asker-{name}-by-key")),
    ]


def _ask(session: Session, slug: str, question: str) -> str:
    """Ask as the page's form does; gives the run's id."""
    session.opener.addheaders = [("X-Quire-Fragment", "1")]
    body = session.send(
        f"/w/{slug}/chat/ask/", f"question={question}&csrfmiddlewaretoken={session.cookie('csrftoken')}".encode(), "application/x-www-form-urlencoded"
    )
    found = re.search(rb"[0-9a-f-]{36}", body.partition(b"run-value=")[2])
    if found is None:
        raise RuntimeError(f"no run in {body[:500]!r}")
    return found.group().decode()


def _count(page: bytes) -> int:
    """How many documents the sentence above the library counts."""
    found = re.search(rb'id="library-summary">\s*(\d+)', page)
    return int(found.group(1)) if found else -1


def _over(channels: list[Channel], agents: Mapping[str, str], model: EndlessModel) -> set[str]:
    return {channel.name for channel in channels if channel.is_over} | {agent for agent, who in agents.items() if who in model.closed}


def _problems(change: str, ms: Mapping[str, int], channels: list[Channel], over: set[str]) -> list[str]:
    ended = CHANGES[change]
    return [
        *(f"{name} worked for {late} ms" for name, late in ms.items() if late >= LIMIT_MS),
        *(f"{name} goes on" for name in sorted(ended - over)),
        *(f"{name} ended, and should not have" for name in sorted(over - ended)),
        *(f"{channel.name} worked again" for channel in channels if channel.worked_again),
        *(f"{channel.name} broke: {channel.trouble}" for channel in channels if channel.trouble and channel.name not in over),
    ]


def _without_limits() -> dict[str, str]:
    settings = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    return dict.fromkeys(re.findall(r"^QUIRE_LIMIT_\w+", settings, re.MULTILINE), "0")


def main() -> None:
    result = prove()
    print(json.dumps(result))
    sys.exit(1 if result["problems"] else 0)


if __name__ == "__main__":
    main()
