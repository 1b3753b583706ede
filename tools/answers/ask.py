"""Ask each claim of a set twice: of a library with the documents that answer it, and of the same one without them. One JSON line a claim.

A process of its own, started by `tools.eval_answers` with the addresses of its services. The documents that answer are hidden by the product's own
rights, as somebody else's restricted ones, so the rest of the library stays as it is. Vectors of the documents are kept under var/, by text and model.
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

# Django's settings are read in main().
if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.accounts.types import Reader
    from apps.documents.evaluation.sets import TestSet
    from apps.documents.ingest.pipeline import Models

PASSAGES = 8


def main(folder: Path, kept: Path) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from django.core.management import call_command

    from apps.documents.evaluation.sets import read_set
    from apps.documents.evaluation.trial import index_set, trial_workspace

    call_command("migrate", verbosity=0)
    test_set = read_set(folder, "dev")
    with trial_workspace() as reader:
        names = index_set(reader, test_set.documents, lambda count: print(count, file=sys.stderr), lambda models: _keeping(models, kept))
        asyncio.run(_ask_all(reader, test_set, {name: pk for pk, name in names.items()}))


def _keeping(models: "Models", folder: Path) -> "Models":
    """The same models, with vectors taken from, and kept in, a folder."""
    import numpy as np

    path = folder / f"{sha256(models.name.encode()).hexdigest()[:12]}.npz"
    known: dict[str, Any] = {}
    if path.exists():
        with np.load(path) as file:
            known = dict(zip(file["names"].tolist(), file["vectors"], strict=True))

    def embed(texts: Sequence[str]) -> Any:
        keys = [sha256(text.encode()).hexdigest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            known.update(zip(missing, models.embed(list(missing.values())), strict=True))
            folder.mkdir(parents=True, exist_ok=True)
            np.savez(path, names=np.array(list(known)), vectors=np.stack(list(known.values())))
        return np.stack([known[key] for key in keys])

    return replace(models, embed=embed)


async def _ask_all(reader: "Reader", test_set: "TestSet", ids: dict[str, UUID]) -> None:
    from apps.accounts.models import User
    from apps.common.db import run_db

    stranger = await run_db(lambda: User.objects.create_user("evaluation-stranger@quire.invalid", None))
    for name, claim in test_set.questions.items():
        answering = [ids[document] for document, gain in test_set.judged[name].items() if gain > 0]
        found = await _ask(reader, claim)
        await run_db(_give, answering, stranger, False)
        try:
            without = await _ask(reader, claim)
        finally:
            await run_db(_give, answering, reader.user, True)
        print(json.dumps({"id": name, "claim": claim, "with": found, "without": without}), flush=True)


def _give(documents: Sequence[UUID], owner: "User", is_public: bool) -> None:
    from apps.documents.models import Access, Document

    Document.objects.filter(pk__in=documents).update(owner=owner, access=Access.PUBLIC if is_public else Access.RESTRICTED)


async def _ask(reader: "Reader", claim: str) -> list[dict[str, Any]]:
    """What the agent would get, by the product's own search; every vector is compared, so that the figures are the same each time."""
    from apps.documents.search.hybrid import find
    from apps.documents.search.question import plain_question
    from apps.documents.search.types import Request

    results = await find(reader, Request(plain_question(claim), PASSAGES, joins=False, is_exact=True))
    return [{"score": hit.score, "evidence": hit.evidence, "text": hit.text} for hit in results.hits]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
