"""What every way in declares, so that Quire refuses to start where one says nothing: see `checks.py`.

A page declares by `workspace_page(action)` or `declare(...)`, an API view by its class attribute `action`, a socket by its
consumer's `permissions`, an agent's tool by its registry, the administration by standing on the operator's base. What
others wrote (allauth, Django's admin) is listed here, and so is what acts for nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

V = TypeVar("V", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed_in"
OPERATOR = "operator"
# What is no permission of the table, and yet says who may come in.
KINDS = frozenset({PUBLIC, SIGNED_IN, OPERATOR})


def declare(permission: str, *, why: str = "") -> Callable[[V], V]:
    """Say who may call this view. It only says so: the view, or what wraps it, has to ask. `why` is owed for PUBLIC."""

    def mark(view: V) -> V:
        marked: Any = view
        marked.permission, marked.why = permission, why
        return view

    return mark


def stands_for(api_view: type) -> Callable[[V], V]:
    """Say that this function hands each request to `api_view`, whose `action` decides."""

    def mark(view: V) -> V:
        marked: Any = view
        marked.cls = api_view
        return view

    return mark


@dataclass(frozen=True, slots=True)
class Foreign:
    """A route of somebody else's code: who may come in, by which methods, and why that is right."""

    permission: str
    methods: tuple[str, ...]
    why: str


_READ, _FORM = ("GET",), ("GET", "POST")
_ANYBODY = "asks for a password or a key itself, and says nothing about who has an account"
_OWN = "changes the sign-in of whoever is signed in, and nothing else"
FOREIGN: dict[str, Foreign] = {
    "account_login": Foreign(PUBLIC, _FORM, _ANYBODY),
    "account_logout": Foreign(PUBLIC, _FORM, "ends the session that it is called with"),
    "account_inactive": Foreign(PUBLIC, _READ, "one sentence, the same for everybody"),
    "account_signup": Foreign(PUBLIC, _FORM, "is closed: people are added by an administrator"),
    "account_reauthenticate": Foreign(SIGNED_IN, _FORM, _OWN),
    "account_email": Foreign(SIGNED_IN, _FORM, _OWN),
    "account_email_verification_sent": Foreign(PUBLIC, _READ, "one sentence, the same for everybody"),
    "account_change_password": Foreign(SIGNED_IN, _FORM, _OWN),
    "account_set_password": Foreign(SIGNED_IN, _FORM, _OWN),
    "account_reset_password": Foreign(PUBLIC, _FORM, "mails a key to an address that has an account, and says the same for one that has none"),
    "account_confirm_login_code": Foreign(PUBLIC, _FORM, "sign-in by a mailed code is off"),
    "account_confirm_email": Foreign(PUBLIC, _FORM, _ANYBODY),
    "account_reset_password_from_key_done": Foreign(PUBLIC, _READ, "one sentence, the same for everybody"),
    "account_reset_password_from_key": Foreign(PUBLIC, _FORM, _ANYBODY),
    "account_reset_password_done": Foreign(PUBLIC, _READ, "one sentence, the same for everybody"),
    "admin:index": Foreign(OPERATOR, _READ, "lists what the operator's role opens"),
    "admin:login": Foreign(PUBLIC, _READ, "leads to the one sign-in page"),
    "admin:logout": Foreign(OPERATOR, ("POST",), "ends the session that it is called with"),
    "admin:password_change": Foreign(OPERATOR, _FORM, _OWN),
    "admin:password_change_done": Foreign(OPERATOR, _READ, "one sentence, the same for everybody"),
    "admin:autocomplete": Foreign(OPERATOR, _READ, "asks the queryset of the model's own administration"),
    "admin:jsi18n": Foreign(PUBLIC, _READ, "words of Django's own scripts"),
    "admin:view_on_site": Foreign(OPERATOR, _READ, "leads nowhere: no model has an address of its own"),
    "admin:app_list": Foreign(OPERATOR, _READ, "lists what the operator's role opens"),
    "admin:auth_user_password_change": Foreign(OPERATOR, _FORM, "asks the queryset and the right to change of people's administration"),
    "admin:": Foreign(OPERATOR, _READ, "the page for addresses that do not exist"),
}

# What runs for nobody, and why that lets nobody see or do what they may not.
SYSTEM_TASKS: dict[str, str] = {
    "accounts.prune": "removes records of Idempotency-Keys after two days; they hold ids and no content",
    "chat.prune": "removes what streamed of answers that ended an hour ago; their text stays with their asker",
    "documents.ingest": "reads one document's file into that document's own passages, whose readers are the document's",
    "documents.embed": "gives passages of all documents their vectors and publishes them; whoever added one had the right to",
    "documents.reindex": "puts documents in line for the vectors of another model; who may read them stays as it is",
    "documents.sweep": "tells the queue again of jobs that were lost; reads no document",
    "gateway.prune": "removes reservations that ended, and rows of the log of calls that are older than the setting says; they hold no text",
    "gateway.sweep": "frees what calls held that were not heard of again; moves no budget's limit",
}
SYSTEM_COMMANDS: dict[str, str] = {
    "build_embedder": "puts the embedding model into its file; opens no workspace",
    "build_languages": "unpacks tables of languages into their files; opens no workspace",
    "create_first_admin": "whoever has a shell on the server looks after the installation",
    "evaluate_search": "searches a workspace of its own, which it makes, fills with a test set and removes again",
    "export_audit": "whoever has a shell on the server looks after the installation; that it was run stands in the trail",
    "ingest_files": "adds as a person of the workspace, with no more than their rights; the trail names them",
    "migrate": "works on tables, as the owner of the database",
    "prepare": "makes the tables, the first administrator and the handbook's pages, which everybody in the workspace reads",
    "reset_admin_password": "whoever has a shell on the server looks after the installation",
    "run_agents": "each run is carried out with the rights of whoever asked",
    "seal_again": "seals with the first key what another one sealed; shows nothing of it, and opens no workspace",
    "search": "searches as a person of the workspace, and finds what they see",
}
