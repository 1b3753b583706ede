"""This process's identifier of languages, opened at the first use."""

import threading

from django.conf import settings

from apps.documents.analysis.languages import Identifier

_lock = threading.Lock()
_opened: list[Identifier] = []


def get_identifier() -> Identifier:
    with _lock:
        if not _opened:
            _opened.append(Identifier.open(settings.QUIRE_MODELS_DIR))
        return _opened[0]
