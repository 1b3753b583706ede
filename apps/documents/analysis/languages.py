"""Which language a text is in, by py3langid's tables of byte sequences, for the languages that the analyser knows anything of.

The wheel keeps the tables compressed: unpacked they take 57 MB of every process and most of a second. Here they are unpacked
once, into files that processes map and share, and only the columns of our languages. Where the folder cannot be written, a
process unpacks them for itself.
"""

import logging
import math
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from apps.documents.analysis.stemming import STEMMERS

logger = logging.getLogger(__name__)

# What is written in another script than the Latin one: its script tells the language, or nearly.
_NOT_LATIN = "ar bg bn el fa he hi hy ja ka km ko lo mk mr my ne ru sr ta te th uk ur zh"
NOT_LATIN = frozenset(_NOT_LATIN.split())
_LATIN = "af az bs hr is lv ms nn sk sl sq sw tl vi"
_VARIETIES = "arz ary wuu yue"
LANGUAGES = tuple(sorted({*STEMMERS, *NOT_LATIN, *_LATIN.split(), *_VARIETIES.split()}))
# Varieties that are analysed, and filtered, as their language.
_SAME = {"nn": "no", "wuu": "zh", "yue": "zh", "arz": "ar", "ary": "ar", "ms": "id"}
# What a passage may be stored as.
STORED_LANGUAGES = tuple(language for language in LANGUAGES if language not in _SAME)
# So much of a passage tells its language.
_CHARS = 600
_FILES = ("ptc", "pc", "classes", "nextmove", "row", "output")
# Raised by hand when the files have to be made anew.
_VERSION = 1


class Identifier:
    """Tells languages. Safe to call from any thread."""

    # Any: py3langid comes without types.
    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def open(cls, models_dir: Path) -> "Identifier":
        try:
            return cls(_make(_mapped(ensure_tables(models_dir))))
        except OSError as error:
            logger.warning("languages.not_mapped", extra={"error": type(error).__name__})
            return cls(_make(_unpacked()))

    def probabilities(self, text: str) -> dict[str, float]:
        """Return how likely each language is, the likeliest first. Without a letter all are as likely."""
        found: dict[str, float] = {}
        for language, probability in self._model.rank(text[:_CHARS]):
            name = stored_language(language)
            found[name] = found.get(name, 0.0) + probability
        return dict(sorted(found.items(), key=lambda one: -one[1]))

    def identify(self, text: str) -> tuple[str, float]:
        """Return the likeliest language and how likely it is."""
        language, probability = self._model.classify(text[:_CHARS])
        return stored_language(language), float(probability)


def stored_language(code: str) -> str:
    """Return the code as passages have it: that of its language for a variety, else the same."""
    return _SAME.get(code, code)


def ensure_tables(models_dir: Path) -> Path:
    """Return the folder of the unpacked tables, made now unless it is there. Raises OSError where it cannot be written."""
    folder = models_dir / f"languages-{metadata.version('py3langid')}-{_VERSION}"
    if not folder.is_dir():
        _build(folder)
    return folder


def identify_all(identifier: Identifier, texts: Sequence[str], *, surely: float = 0.5) -> list[str]:
    """Return the language of each passage of one document: what says too little for itself is in the language of most others."""
    found = [identifier.identify(text) for text in texts]
    known: dict[str, float] = {}
    for text, (language, probability) in zip(texts, found, strict=True):
        if probability >= surely:
            known[language] = known.get(language, 0.0) + math.sqrt(len(text))
    usual = max(known, key=lambda language: known[language], default="")
    return [language if probability >= surely else usual for language, probability in found]


def _make(tables: Mapping[str, Any]) -> Any:
    from py3langid.langid import LanguageIdentifier

    return LanguageIdentifier(
        tables["ptc"],
        tables["pc"],
        tables["classes"].tolist(),
        memoryview(tables["nextmove"]),
        memoryview(tables["output"]),
        norm_probs=True,
        tk_row=tables["row"].tolist(),
    )


def _mapped(folder: Path) -> dict[str, Any]:
    import numpy as np

    return {name: np.load(folder / f"{name}.npy", mmap_mode="r" if name in ("ptc", "nextmove", "output") else None) for name in _FILES}


@cache
def _columns() -> frozenset[str]:
    return frozenset(LANGUAGES)


def _unpacked() -> dict[str, Any]:
    """Return the tables of the wheel, without the languages that are not ours."""
    import numpy as np
    from py3langid.langid import MODEL_DIR, MODEL_FILE
    from py3langid.modelio import load_model

    ptc, pc, classes, nextmove, row, output = load_model(MODEL_DIR / MODEL_FILE)
    ours = [number for number, name in enumerate(classes) if name in _columns()]
    return {
        "ptc": np.ascontiguousarray(ptc[:, ours]),
        "pc": pc[ours],
        "classes": np.array([classes[number] for number in ours]),
        "nextmove": np.frombuffer(nextmove, dtype=np.uint32),
        "row": np.frombuffer(row, dtype=np.uint16),
        "output": np.array(output, dtype=np.int32),
    }


def _build(folder: Path) -> None:
    """Make the folder whole, by one rename, or not at all."""
    import numpy as np

    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, table in _unpacked().items():
            np.save(scratch / f"{name}.npy", table)
        # Built by one user and read by another; nothing here is secret.
        scratch.chmod(0o755)
        for file in scratch.iterdir():
            file.chmod(0o644)
        if not folder.is_dir():
            scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
