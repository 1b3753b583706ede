"""Where code goes from an id to a row. Two rules of `tools/ratchet.py`, read from the syntax and not from the text.

1. Interfaces (views, api, consumers, tasks, admin, commands) touch no manager: they start from a selector or a service.
   Pages of the administration may write `Model.objects.visible_to_operator(operator)`: Django asks them for querysets.
2. Elsewhere `Model.objects.filter(pk=some_id)` without `visible_to` stands in REVIEWED with the reason why that is right.
   An id of a row that is in hand already (`pk=document.pk`) is no id from outside.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

INTERFACES = re.compile(r"^apps/.*/(views|api|consumers|tasks|admin)(/.*)?(\.py|/.*\.py)$|^apps/.*/management/.*\.py$")
MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})
SHORTCUTS = frozenset({"get_object_or_404", "get_list_or_404"})
_SAFE_ENDS = frozenset({"visible_to_operator", "none"})
_IDS = frozenset({"pk", "id", "pk__in", "id__in", "public_id"})
_SCOPES = frozenset({"visible_to", "visible_to_operator", "readable_by", "writable_by", "managed_by", "of"})
_DOOR = "this is where a reader or a key comes from: there is none to ask yet"
_ITS_OWN_JOBS = "jobs of the files that this very run of a command added, as a person whose rights were asked"
_LOOSE = "places of files that no version holds, of our own making; nobody names one from outside"
_CLAIMED = "work on a row that was claimed by its lease; nothing of it is shown to anybody"
_CHECKED = "the caller's reader was asked for the row, or for the right, just before"
_TIDIED = "removes or counts by ids that it read itself, for nobody"

# By file and function.
REVIEWED: dict[str, str] = {
    "apps/accounts/selectors/readers.py::get_epoch": _DOOR,
    "apps/accounts/selectors/readers.py::get_reader_of_key": _DOOR,
    "apps/accounts/selectors/standing.py::get_standing": "epochs and sessions of who is connected, for the watch; numbers that nobody is shown",
    "apps/accounts/selectors/standing.py::find_unmoved": "epochs of readers who are connected, before something is sent to them; numbers that nobody is shown",
    "apps/accounts/services/actors.py::people_of": "locks the workspace that the actor was just held against",
    "apps/accounts/services/idempotency.py::prune_records": _TIDIED,
    "apps/accounts/services/keys.py::note_use": "the time of use of the key that somebody just proved to have",
    "apps/accounts/services/operators.py::_end_sessions": "ends sessions of a person whom the operator was asked for",
    "apps/accounts/services/workspaces.py::change_workspace": _CHECKED,
    "apps/administration/services/sharing.py::revoke_grant": _CHECKED,
    "apps/administration/services/sharing.py::unshare_document": _CHECKED,
    "apps/chat/selectors/briefs.py::get_run_brief": "reads the run that an agent claimed, and from it whom to act for",
    "apps/chat/selectors/library.py::has_hidden": "counts what is there beside what the reader sees; only whether they differ is told",
    "apps/chat/selectors/library.py::has_hidden_documents": "the same of documents",
    "apps/chat/selectors/runs.py::get_run_reader": _DOOR,
    "apps/chat/selectors/runs.py::is_run_over": "asked about a run that its asker just began; says no more than over or not",
    "apps/chat/services/checkpoints.py::_read": _CLAIMED,
    "apps/chat/services/endings.py::_store_answer": _CLAIMED,
    "apps/chat/services/endings.py::end_run": _CLAIMED,
    "apps/chat/services/leases.py::claim_runs": _CLAIMED,
    "apps/chat/services/leases.py::find_disturbances": _CLAIMED,
    "apps/gateway/ledger/pruning.py::_remove": _TIDIED,
    "apps/documents/services/bulk.py::_settle": _ITS_OWN_JOBS,
    "apps/documents/services/bulk.py::_see_after": _ITS_OWN_JOBS,
    "apps/documents/services/documents.py::_places": _CHECKED,
    "apps/documents/services/documents.py::purge_document": _CHECKED,
    "apps/documents/services/moving.py::move_document": _CHECKED,
    "apps/documents/services/originals.py::_sweep": _LOOSE,
    "apps/documents/services/originals.py::hold_original": _LOOSE,
    "apps/documents/services/originals.py::remove_original": _LOOSE,
    "apps/documents/services/sharing.py::set_access": _CHECKED,
    "apps/documents/listing.py::get_own_for_api": "only the reader's own documents, in their workspace: what they were told when they added them",
    "apps/documents/services/embedder.py::_claim": _CLAIMED,
    "apps/documents/services/endings.py::end_reading": _CLAIMED,
    "apps/documents/services/reindex.py::_queue": _CLAIMED,
    "apps/documents/services/publish.py::publish_versions": _CLAIMED,
    "apps/documents/services/statistics.py::_fold_some": _TIDIED,
    "apps/documents/services/reindex_terms.py::_lock_wanted": "a document that was found without terms of its current version, for nobody",
    "apps/documents/services/settling.py::_publish": _CLAIMED,
    "apps/documents/services/settling.py::_put_off": _CLAIMED,
    "apps/documents/services/settling.py::write_round": _CLAIMED,
    "apps/documents/services/sweeper.py::_give_up": _CLAIMED,
    "apps/documents/services/sweeper.py::_hint_again": _CLAIMED,
}


def find_managers(names: Iterable[str]) -> list[str]:
    """Places in interfaces that reach for a manager or for Django's shortcuts past the reader."""
    return [place for name in names if INTERFACES.search(name) for place in _managers_in(name)]


def find_unreviewed(names: Iterable[str]) -> list[str]:
    """Places that go from an id to a row past `visible_to` and are not in REVIEWED; and lines of it about nothing."""
    found = dict(_rows_by_id(names))
    fresh = [f"{where} ({place}): go through visible_to(reader), or say why not in REVIEWED" for place, where in found.items() if place not in REVIEWED]
    return fresh + [f"REVIEWED has {place}, which is gone" for place in REVIEWED if place not in found]


def _managers_in(name: str) -> Iterator[str]:
    tree = ast.parse(Path(name).read_text(encoding="utf-8"))
    scoped = {id(node) for node in _scoped_by_operator(tree)} if name.startswith("apps/administration/admin/") else set()
    for node in ast.walk(tree):
        called = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        if called in SHORTCUTS or (isinstance(node, ast.Attribute) and called in MANAGERS and id(node) not in scoped):
            yield f"{name}:{node.lineno} uses {called}"


def _scoped_by_operator(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SAFE_ENDS:
            yield from _spine(node)


def _rows_by_id(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        if not re.search(r"^apps/.*\.py$", name) or re.search(r"/(migrations|models)/", name) or INTERFACES.search(name):
            continue
        for function in ast.walk(ast.parse(Path(name).read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and (line := _first_by_id(function)):
                yield f"{name}::{function.name}", f"{name}:{line}"


def _first_by_id(function: ast.AST) -> int:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    # A chain is met from its outer end: what is inside one that was judged is not judged again.
    inner = {id(part) for call in calls for part in _links(call) if part is not call}
    return next((call.lineno for call in calls if id(call) not in inner and _goes_by_id(call)), 0)


def _goes_by_id(call: ast.Call) -> bool:
    links = list(_links(call))
    called = {link.func.attr for link in links if isinstance(link.func, ast.Attribute)}
    starts_at_manager = any(isinstance(node, ast.Attribute) and node.attr == "objects" for node in _spine(call))
    by_id = any(keyword.arg in _IDS and not _is_of_row(keyword.value) for link in links for keyword in link.keywords)
    return starts_at_manager and by_id and not called & _SCOPES


def _links(call: ast.Call) -> Iterator[ast.Call]:
    return (node for node in _spine(call) if isinstance(node, ast.Call))


def _spine(node: ast.expr) -> Iterator[ast.expr]:
    """`A.objects.filter(...).first()` from its end to its beginning."""
    while True:
        yield node
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            node = node.value
        else:
            return


def _is_of_row(value: ast.expr) -> bool:
    return isinstance(value, ast.Attribute) and (value.attr in {"pk", "id"} or value.attr.endswith("_id"))
