"""A process with Django beside a proof that has none: it changes and reads rows of a running product."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tools.product import OWN_NAMES, ROOT, Product


class Hand:
    """Does what `module` offers in a process of its own, for this one has no Django."""

    def __init__(self, product: Product, module: str, settings: Mapping[str, str] | None = None) -> None:
        own = {"QUIRE_VAR": str(product.var), "QUIRE_MODELS_DIR": str(ROOT / "var" / "models"), "QUIRE_LOG_LEVEL": "ERROR"}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN_NAMES)}
        environment = {**inherited, **(settings or {}), **own}
        self._process = subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def do(self, task: str, **details: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"task": task, **details}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{task} failed: the process that does it ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(10)
