"""Prompts are files, each with its version in its name; the version is kept in the run's trace."""

from functools import cache
from importlib.resources import files

ANSWER = "answer.v1"
FOLLOW_UP = "follow_up.v2"
SMALL_TALK = "small_talk.v1"
VERIFY = "verify.v1"
SUMMARY = "summary.v1"
# Stands under the one for answers where tools are offered.
TOOLS = "tools.v1"


@cache
def load_prompt(name: str) -> str:
    return files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8").strip()
