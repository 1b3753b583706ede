"""The web process carries no model, no parser and no agent."""

import os
import subprocess
import sys

import pytest

HEAVY = ("langgraph", "langchain_core", "onnxruntime", "pypdfium2", "docx", "openai", "apps.chat.graph.build", "apps.chat.services.execution")
LOOK = f"import sys, config.asgi; print([name for name in {HEAVY!r} if name in sys.modules])"


@pytest.mark.slow
def test_the_web_process_loads_no_heavy_library():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    looked = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, env=environment, check=True)
    assert looked.stdout.strip().splitlines()[-1] == "[]"
