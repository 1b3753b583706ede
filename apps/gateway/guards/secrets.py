"""Keys, tokens and passwords by the shapes that their makers gave them, or by the words before them.

Every shape begins with letters that hardly any text holds, so most texts are done with after a few looks for these.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.gateway.guards.base import Match, without_overlaps
from apps.gateway.guards.folding import fold_forms


@dataclass(frozen=True, slots=True)
class _Shape:
    """One of `needs` has to stand in the text before the pattern is tried; its group `secret`, or all of it, is what is found."""

    rule: str
    needs: tuple[bytes, ...]
    pattern: re.Pattern[str]


def _shape(rule: str, needs: str, pattern: str, flags: re.RegexFlag = re.NOFLAG) -> _Shape:
    return _Shape(rule, tuple(needs.encode().split()), re.compile(pattern, flags))


# Looked for as they are written. The first that finds a place has it.
_SHAPES = (
    _shape(
        "private_key",
        "-----BEGIN",
        r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:[\s\S]{0,20000}?-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|[\sA-Za-z0-9+/=\\:,.-]*)",
    ),
    _shape("anthropic_key", "sk-ant-", r"(?<![\w-])sk-ant-[\w-]{20,}"),
    _shape("openai_key", "sk-", r"(?<![\w-])sk-(?:proj-|svcacct-|admin-|or-v1-|None-)?(?=[\w-]*\d)[A-Za-z0-9_-]{20,}"),
    _shape("aws_key", "AKIA ASIA", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    _shape("gitlab_token", "glpat-", r"\bglpat-[\w-]{20,}"),
    _shape("slack_token", "xox xapp-", r"\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}"),
    _shape("slack_webhook", "hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows)/(?P<secret>[A-Za-z0-9/_-]{20,})"),
    _shape("google_key", "AIza GOCSPX- ya29.", r"\bAIza[\w-]{35}|\bGOCSPX-[\w-]{20,}|\bya29\.[\w-]{20,}"),
    _shape("jwt", "eyJ", r"(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"),
    _shape("other_token", "SG. pypi-", r"\bSG\.[\w-]{16,}\.[\w-]{16,}|\bpypi-[\w-]{50,}"),
)
# The same, of those with an underscore, which prose has none of.
_UNDERSCORED = (
    _shape("quire_key", "qk_", r"\bqk_[a-z0-9]{2,12}_[0-9A-Za-z]{12}_[0-9A-Za-z]{32,38}"),
    _shape("github_token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})"),
    _shape("stripe_key", "k_live_ k_test_ whsec_", r"\b(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,}"),
    _shape("other_token", "hf_ npm_ dop_v1_", r"\bhf_[A-Za-z0-9]{30,}|\bnpm_[A-Za-z0-9]{36}|\bdop_v1_[a-f0-9]{64}"),
)
# Looked for in lower case.
_VALUE = r"(?P<secret>(?:(?!\\n)[^\s\"'`,;<>(){}\[\]]){6,200})"
_NAMES = (
    r"pass(?:word|wd|phrase)|pwd|passwort|kennwort|contrase[nñ]a|mot de passe|secret(?:[_-]?(?:access[_-]?)?key)?|api[_-]?key"
    r"|(?:access|auth|refresh|bearer|api)[_-]?token|client[_-]?secret|private[_-]?key|密码|密碼|口令"
)
_NAMED = (
    _shape(
        "aws_key",
        "secret",
        r"(?:aws[\w .-]{0,20}secret|secret[_ -]?access[_ -]?key)[\w \"'-]{0,20}[:=\s]{1,3}[\"'`]?(?P<secret>[a-z0-9/+=]{40})(?![a-z0-9/+=])",
    ),
    _shape(
        "authorization", "authorization", r"authorization[\"'`]?\s{0,3}[:=]\s{0,3}[\"'`]?(?:bearer|basic|token|apikey)\s{1,3}(?P<secret>[a-z0-9._~+/=-]{8,})"
    ),
    _shape("authorization", "bearer", r"\bbearer\s{1,3}(?P<secret>(?=[a-z._~+/=-]*\d)[a-z0-9._~+/=-]{20,})"),
    _shape("password", "://", r"://[^\s:/@\"']{0,64}:(?P<secret>[^\s/@\"'`<>{}]{3,128})@(?=[\w\[])"),
    _shape(
        "password",
        "pass pwd kennwort contrase secret key token 密",
        rf"(?:\b|_)(?:{_NAMES})[\"'`]?\s{{0,3}}(?:[:=：]|\bis\b|\bist\b|是)\s{{0,3}}[\"'`]?{_VALUE}",
    ),
    _shape("password", "口令", rf"口令\s{{0,3}}[:=：是]\s{{0,3}}{_VALUE}"),
)
# What stands where a secret would, in handbooks and in code.
_STAND_IN = re.compile(
    r"(?:your|my|the|some|insert|enter|change|replace|example|dummy|test)?[_-]?(?:api[_-]?|secret[_-]?)?(?:pass(?:word|wd|phrase)?|secret|token|key|here|me|this)[_-]?(?:here|\d)?"
    r"|[*x.•_-]+|\$\w*|%\w+%|none|null|true|false|undefined|required|optional|(?:os|process|settings|config|self|env|request|args?|options?|params?)\..*"
)
_MIXED = re.compile(r"(?=.*[a-z])(?=.*[\d!@#$%^&*+=?~])|^\d{6,}$|.*[A-Z].*[a-z].*[A-Z]")


def find_secrets(text: str) -> list[Match]:
    folded = fold_forms(text)
    # Bytes are searched quicker than a text with wide characters.
    encoded = folded.encode(errors="replace")
    found: list[Match] = []
    for shape in _likely(_SHAPES + _UNDERSCORED if b"_" in encoded else _SHAPES, encoded):
        found += _all(shape, folded)
    lowered = folded.lower()
    if len(lowered) != len(folded):  # "İ" becomes two characters, and places would move.
        lowered = folded
    for shape in _likely(_NAMED, encoded.lower()):
        found += (match for match in _all(shape, lowered) if shape.rule != "password" or _is_real(folded[match.start : match.end]))
    return without_overlaps(found) if len(found) > 1 else found


def _likely(shapes: Sequence[_Shape], encoded: bytes) -> list[_Shape]:
    likely = []
    for shape in shapes:
        for need in shape.needs:
            if need in encoded:
                likely.append(shape)
                break
    return likely


def _all(shape: _Shape, text: str) -> Iterator[Match]:
    for match in shape.pattern.finditer(text):
        start, end = match.span("secret" if "secret" in shape.pattern.groupindex else 0)
        yield Match(start, end, shape.rule)


def _is_real(value: str) -> bool:
    """A word of the language, a placeholder and a variable's name are no passwords that anybody would mind."""
    plain = value.rstrip(".:!?")
    return bool(_MIXED.search(plain)) and not _STAND_IN.fullmatch(plain.lower())
