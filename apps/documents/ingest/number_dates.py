"""Shows a serial number as the date, the time or the duration that it stands for."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from apps.documents.ingest.number_codes import Section, Token
from apps.documents.ingest.number_digits import general

_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_DAY_MS = 86_400_000
# Day 60 is 29 February 1900, a day that never was.
_LEAP_DAY = 60
_SERIAL_MAX = 2_958_466
_UNITS_MS = {"h": 3_600_000, "m": 60_000, "s": 1000}


def show_date(serial: float, section: Section, *, since_1904: bool) -> str:
    """Return the moment `serial` as the section shows it; a plain number where no calendar has it."""
    tokens = _minutes_told(section.tokens)
    is_duration = any(token.sort == "elapsed" for token in tokens)
    if abs(serial) >= _SERIAL_MAX or (serial < 0 and not is_duration):
        return general(serial)
    total = round(abs(serial) * _DAY_MS)
    places = _second_places(tokens)
    if any(token.text.startswith("s") for token in tokens if token.sort in ("date", "elapsed")):
        unit = 10 ** (3 - places)
        total = (total + unit // 2) // unit * unit
    moment = _moment(total, since_1904=since_1904)
    has_half = any(token.sort == "half" for token in tokens)
    shown = "".join(_part(token, moment, total, has_half=has_half) for token in tokens)
    return "-" + shown if serial < 0 else shown


def _moment(total_ms: int, *, since_1904: bool) -> datetime:
    first = date(1904, 1, 1) if since_1904 else date(1899, 12, 31 if total_ms < _LEAP_DAY * _DAY_MS else 30)
    # A sheet's clock has no time zone.
    start = datetime.combine(first, time.min)
    return start + timedelta(milliseconds=total_ms)


def _minutes_told(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens of a date with minutes told from months and the decimals of seconds from points.

    An m is minutes after an hour or before a second.
    """
    told: list[Token] = []
    clocks = [at for at, token in enumerate(tokens) if token.sort in ("date", "elapsed")]
    for at, token in enumerate(tokens):
        if token.sort == "date" and token.text[0] == "m" and len(token.text) < 3:
            place = clocks.index(at)
            before = tokens[clocks[place - 1]].text[0] if place else ""
            after = tokens[clocks[place + 1]].text[0] if place + 1 < len(clocks) else ""
            told.append(Token("minute", token.text) if before == "h" or after == "s" else token)
        elif token.sort == "digit" and told and told[-1].sort in ("point", "decimals"):
            digits = told.pop().text if told[-1].sort == "decimals" else told.pop().text * 0
            told.append(Token("decimals", digits + "0"))
        else:
            told.append(token)
    return told


def _second_places(tokens: Sequence[Token]) -> int:
    return min(3, max((len(token.text) for token in tokens if token.sort == "decimals"), default=0))


def _part(token: Token, moment: datetime, total_ms: int, *, has_half: bool) -> str:
    width = min(2, len(token.text))
    if token.sort == "elapsed":
        return f"{total_ms // _UNITS_MS[token.text[0]]:0{len(token.text[:9])}}"
    if token.sort == "minute":
        return f"{moment.minute:0{width}}"
    if token.sort == "decimals":
        return "." + f"{moment.microsecond // 1000:03}"[: min(3, len(token.text))]
    if token.sort == "half":
        half = "AM" if moment.hour < 12 else "PM"
        return half if "M" in token.text.upper() else half[0]
    if token.sort == "date":
        return _calendar(token.text, moment, has_half=has_half)
    return token.text if token.is_literal else ""


def _calendar(text: str, moment: datetime, *, has_half: bool) -> str:
    letter, length = text[0], len(text)
    short = f"0{min(2, length)}"
    if letter == "m":
        name = _MONTHS[moment.month - 1]
        return {1: f"{moment.month}", 2: f"{moment.month:02}", 3: name[:3], 5: name[0]}.get(length, name)
    if letter == "d":
        name = _DAYS[moment.weekday()]
        return {1: f"{moment.day}", 2: f"{moment.day:02}", 3: name[:3]}.get(length, name)
    if letter == "h":
        return f"{(moment.hour % 12 or 12) if has_half else moment.hour:{short}}"
    if letter == "s":
        return f"{moment.second:{short}}"
    if letter == "g":
        return ""
    year = moment.year + (543 if letter == "b" else 0)
    return f"{year % 100:02}" if letter in "yb" and length < 3 else str(year)
