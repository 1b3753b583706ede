"""The web process parses nothing and embeds by asking: it must not carry the libraries for it."""

import subprocess
import sys

HEAVY = "pypdfium2 docx lxml numpy onnxruntime tokenizers"
CODE = """
import sys, django
django.setup()
import apps.documents.api.urls, apps.documents.urls, apps.documents.search, apps.documents.tasks
print(" ".join(name for name in sys.argv[1].split() if name in sys.modules))
"""


def test_pages_and_api_load_no_parser_and_no_numpy():
    done = subprocess.run(  # our own interpreter, our own code
        [sys.executable, "-c", CODE, HEAVY],
        capture_output=True,
        text=True,
        check=True,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "/usr/bin:/bin"},
    )
    assert done.stdout.strip() == ""
