"""E-mail addresses, telephone and account numbers, payment cards and personal identity numbers.

Where a checksum exists it decides; where none does, the shape has to be one that dates, versions, ISBNs and ids do not have.
"""

import re
from collections.abc import Iterator

from apps.gateway.guards.base import Match, without_overlaps
from apps.gateway.guards.folding import fold_forms
from apps.gateway.guards.numbers import is_card, is_iban, is_national_id

EMAIL, PHONE, IBAN, CARD, NATIONAL_ID = "email", "phone", "iban", "card", "national_id"

# More marks are legal and unused; "to=alice@..." is a form's.
_LEFT_OF_AT = re.compile(r"[\w.%+'~-]{1,64}\Z")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})(?![\w-])", re.IGNORECASE)
# "git@host:path" and "name@2x.png" are no addresses of people.
_NO_MAIL = re.compile(r":[\w~/]|(?<=\.)(?:png|jpe?g|gif|svg|webp)\b", re.IGNORECASE)

_LEAST_DIGITS = 7
# Digits with at most so much between them; and how much around them may belong to a number, or name it.
_RUN = re.compile(r"\d(?:[ ().\-/]{0,3}\d){6,}")
_BEFORE, _BEHIND = 32, 32
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \-]?[A-Za-z0-9]){11,30}")
_CARD = re.compile(r"(?<![\w.])\d(?:[ .\-]{0,2}\d){11,24}(?!\w)")
_CARD_LENGTHS = range(19, 11, -1)

_ID = re.compile(
    r"(?<![\w.-])(?:"
    r"\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}"  # US: social security number
    r"|\d{8}-?[A-Za-z]|[XYZxyz]-?\d{7}-?[A-Za-z]"  # Spain: DNI, NIE
    r"|\d{3}\.\d{3}\.\d{3}-\d{2}"  # Brazil: CPF
    r"|\d{6}(?:18|19|20)\d{9}[\dXx]"  # China: resident identity number
    r"|[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}"  # France: NIR
    r"|756\.?\d{4}\.?\d{4}\.?\d{2}"  # Switzerland: AHV
    r")(?![\w-])"
)
# "SSN: 123456789" is one only because it says so.
_SSN_NAMED = re.compile(r"\b(?:ssn|social security(?: number| no\.?)?)\b[^\d\n]{0,12}(\d{9})(?!\d)", re.IGNORECASE)

_COUNTRY = r"(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-689]\d|3[578]\d|42\d|50\d|59\d|67\d|68\d|69\d|80\d|85\d|88\d|96\d|97\d|99\d)"
_PHONE = re.compile(
    r"(?<![\w.+/-])(?<!\d )(?:"
    rf"\(?\+{_COUNTRY}\)?(?:[ ().\-/]{{0,3}}\d){{6,12}}"  # international
    rf"|00{_COUNTRY}[ \-/]{{1,2}}(?:[ ().\-/]{{0,3}}\d){{6,12}}"
    r"|(?:1[ .\-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.\-])\d{3}[ .\-]\d{4}"  # North America
    r"|\(?0[1-9](?:[ .\-]\d{2}){4}"  # France, Belgium
    r"|\(?0[1-9]\d{1,3}\)?(?:[ \-]| ?/ ?(?!(?:19|20)\d{2}(?!\d)))\d{2,8}(?:[ \-]\d{1,6}){0,3}"  # Germany, Austria, Switzerland, Italy, Britain
    r"|1[3-9]\d[ \-]\d{4}[ \-]\d{4}"  # China, mobile
    r"|[69]\d{2} \d{3} \d{3}"  # Spain, Portugal
    r")(?![\w-]|[.,/]\d)"
)
# Behind a word that says so, any number of that length is one.
_PHONE_NAMED = re.compile(
    r"(?:\b(?:tel(?:efon\w*|[eé]fono|[eé]phone|ephone)?|phone|mobile|cell|fax|call(?: me| us)? (?:at|on)|handy|rufnummer|m[oó]vil|portable)(?!\w)"
    r"|电话|手机|電話|携帯)[^\d\n+(]{0,14}([+(]{0,2}\d(?:[ ().\-/]{0,3}\d){6,14})(?![\w-])",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:\d{4}([-/. ])\d{1,2}\1\d{1,2}|\d{1,2}([-/. ])\d{1,2}\2(?:\d{4}|\d{2}))(?!\d)")
_ISBN = re.compile(r"\b(?:isbn|issn|ean|doi|gtin)[^\n]{0,12}\Z", re.IGNORECASE)


def find_personal_data(text: str) -> list[Match]:
    has_mail = "@" in text or "＠" in text
    if not has_mail and text.isascii() and not _has_digits(text):
        return []
    folded = fold_forms(text)
    found = list(_mails(folded)) if has_mail else []
    if _has_digits(folded):
        for run in _RUN.finditer(folded):
            if not _DATE.fullmatch(run[0]):
                found += _numbers(folded, max(0, run.start() - _BEFORE), min(len(folded), run.end() + _BEHIND))
    return without_overlaps(found) if len(found) > 1 else found


def _has_digits(text: str) -> bool:
    return sum(map(text.count, "0123456789")) >= _LEAST_DIGITS


def _numbers(text: str, start: int, end: int) -> Iterator[Match]:
    """What stands around one run of digits. The surest come first: what they take is not asked about again."""
    for find in (_ibans, _cards, _national_ids, _phones):
        yield from find(text, start, end)


def _mails(text: str) -> Iterator[Match]:
    at = text.find("@")
    while at >= 0:
        left, domain = _LEFT_OF_AT.search(text, max(0, at - 64), at), _DOMAIN.match(text, at + 1)
        if left and domain and not _NO_MAIL.search(text, domain.start(), domain.end() + 2):
            # Marks around an address are not part of it.
            start = left.end() - len(left[0].lstrip(".%+'~-"))
            if start < at:
                yield Match(start, domain.end(), EMAIL)
        at = text.find("@", at + 1)


def _ibans(text: str, start: int, end: int) -> Iterator[Match]:
    for candidate in _IBAN.finditer(text, start, end):
        if length := is_iban(candidate[0]):
            yield Match(candidate.start(), candidate.start() + length, IBAN)


def _cards(text: str, start: int, end: int) -> Iterator[Match]:
    for candidate in _CARD.finditer(text, start, end):
        yield from _cards_in(candidate)


def _cards_in(run: re.Match[str]) -> Iterator[Match]:
    """A card's number may stand beside other numbers: each stretch of whole groups is tried, the longest first."""
    places = [at for at, character in enumerate(run[0]) if character.isdigit()]
    digits = "".join(run[0][at] for at in places)
    starts = [index for index, at in enumerate(places) if index == 0 or places[index - 1] != at - 1]
    ends = {*starts[1:], len(digits)}
    taken = 0
    for start in starts:
        lengths = (length for length in _CARD_LENGTHS if start + length in ends and start >= taken)
        if length := next((length for length in lengths if is_card(digits[start : start + length])), 0):
            taken = start + length
            yield Match(run.start() + places[start], run.start() + places[taken - 1] + 1, CARD)


def _national_ids(text: str, start: int, end: int) -> Iterator[Match]:
    for candidate in _ID.finditer(text, start, end):
        if is_national_id(candidate[0]):
            yield Match(candidate.start(), candidate.end(), NATIONAL_ID)
    for named in _SSN_NAMED.finditer(text, start, end):
        yield Match(named.start(1), named.end(1), NATIONAL_ID)


def _phones(text: str, start: int, end: int) -> Iterator[Match]:
    for candidate in _PHONE.finditer(text, start, end):
        if 7 <= len(_digits(candidate[0])) <= 15 and not _is_other(text, candidate.start(), candidate.end()):
            yield Match(candidate.start(), candidate.end(), PHONE)
    for named in _PHONE_NAMED.finditer(text, start, end):
        if not _DATE.match(named[1]):
            yield Match(named.start(1), named.end(1), PHONE)


def _is_other(text: str, start: int, end: int) -> bool:
    return bool(_DATE.fullmatch(text, start, end) or _ID.fullmatch(text, start, end)) or bool(_ISBN.search(text, max(0, start - 24), start))


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
