import json
import re
from importlib import metadata

from tests.docs.pages import ROOT

NOTICE = (ROOT / "NOTICE").read_text(encoding="utf-8")
BASE = sorted(set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)))
INSTALLED = {package.name.lower().replace("_", "-").replace(".", "-") for package in metadata.distributions()}


def licence(name):
    about = metadata.metadata(name)
    classifiers = [line for line in about.get_all("Classifier", []) if line.startswith("License")]
    return " ".join([about.get("License-Expression") or (about.get("License") or "")[:60], *classifiers])


def test_every_base_package_is_named():
    listed = set(re.findall(r"[a-z0-9][a-z0-9-]*[a-z0-9]|six", NOTICE.partition("Local: to try")[0]))
    assert [name for name in BASE if name in INSTALLED and name not in listed] == []


def test_packages_with_a_share_alike_licence_are_known():
    weak = [name for name in BASE if name in INSTALLED and re.search("LGPL|MPL|Lesser", licence(name))]
    assert weak == ["certifi", "orjson", "psycopg", "psycopg-binary", "psycopg-pool", "tqdm"]


def test_no_base_package_is_under_the_gpl():
    assert [name for name in BASE if name in INSTALLED and re.search(r"\bA?GPL|(?<!Lesser )General Public", licence(name))] == []


def test_every_package_of_the_front_end_is_named():
    packages = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    named = [name if not name.startswith("@fontsource-variable/") else "@fontsource-variable" for name in packages]
    assert [name for name in named if name not in NOTICE] == []
