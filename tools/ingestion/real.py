"""The real files beside the checkout, in one run of the command that adds files in bulk."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools.ingestion.scene import Scene, running_scene
from tools.product import ROOT

FOLDER = ROOT.parent / "shared" / "data" / "docs"
_SECONDS = 1800


def prove_real() -> dict[str, Any]:
    """Every file is ready, or failed with a code and a reason in words."""
    files = sorted(path for path in FOLDER.glob("*__*") if path.is_file())
    if not files:
        return {"files": 0, "problems": [f"there are no files in {FOLDER}"]}
    with running_scene() as scene, tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.jsonl"
        done = _ingest(scene, files, report)
        ends = scene.hand.do("outcomes")
        problems = _problems(files, report, done) + scene.hand.do("leftovers")["problems"]
    states = [row["code"] or row["state"] for row in ends.values()]
    return {"files": len(files), "exit_code": done.returncode, "ends": {state: states.count(state) for state in sorted(set(states))}, "problems": problems}


def _ingest(scene: Scene, files: list[Path], report: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "QUIRE_VAR": str(scene.product.var), "QUIRE_MODELS_DIR": str(ROOT / "var" / "models")}
    command = [sys.executable, "manage.py", "ingest_files", *map(str, files), "--collection", "General", "--report", str(report)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_SECONDS)
    print(done.stdout[-6000:], done.stderr[-3000:], file=sys.stderr, flush=True)
    return done


def _problems(files: list[Path], report: Path, done: "subprocess.CompletedProcess[str]") -> list[str]:
    if not report.exists():
        return [f"no report; exit code {done.returncode}: {done.stderr[-500:]}"]
    text = report.read_text(encoding="utf-8")
    problems = [f"{path.name} is not in the report" for path in files if path.name not in text]
    if "Traceback" in done.stderr:
        problems.append("the command fell over")
    rows = [json.loads(line) for line in text.splitlines()]
    bad = [row for row in rows if row["state"] not in {"ready", "unchanged"}]
    return problems + [f"{row} has no reason" for row in bad if not (row["code"] and row["reason"])]
