"""Shows a number under a format of digits: decimals, thousands, percent, fractions, powers of ten."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from apps.documents.ingest.number_codes import Section, Token

# A double has no more that mean anything.
_SIGNIFICANT = 15
_PLACES_MAX = 30
_WHOLE_FROM, _SMALL_BELOW = 1e15, 1e-9
_WIDE = Context(prec=400, rounding=ROUND_HALF_UP)


def general(value: float) -> str:
    """Return a number without any format: no more digits than it has."""
    if value == int(value) and abs(value) < _WHOLE_FROM:
        return str(int(value))
    if _SMALL_BELOW <= abs(value) < _WHOLE_FROM:
        text = format(Decimal(format(value, ".11g")), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, _, power = format(value, ".5E").partition("E")
    return f"{mantissa.rstrip('0').rstrip('.')}E{power}"


def show_digits(value: float, section: Section) -> str:
    """Return `value`, which is not negative, as the section's placeholders say."""
    tokens = list(section.tokens)
    sorts = [token.sort for token in tokens]
    number = Decimal(format(value, f".{_SIGNIFICANT}g"))
    number = number.scaleb(2 * sorts.count("percent"), _WIDE)
    if "digit" not in sorts:
        return "".join(token.text for token in tokens if token.is_literal)
    if "exponent" in sorts:
        return _power(number, tokens, sorts.index("exponent"))
    if "slash" in sorts and "digit" in sorts[: sorts.index("slash")]:
        return _fraction(number, tokens, sorts.index("slash"))
    return _decimal(number, tokens)


def _decimal(number: Decimal, tokens: Sequence[Token]) -> str:
    point = next((at for at, token in enumerate(tokens) if token.sort == "point"), len(tokens))
    before, after = list(tokens[:point]), tokens[point + 1 :]
    places = min(sum(1 for token in after if token.sort == "digit"), _PLACES_MAX)
    has_thousands, thousands = _commas(before, after)
    number = number.scaleb(-3 * thousands, _WIDE)
    rounded = number.quantize(Decimal(1).scaleb(-places), context=_WIDE)
    whole, _, decimals = format(rounded, "f").partition(".")
    shown = _whole(whole, before, has_thousands=has_thousands)
    return shown + ("." + _decimals(decimals, after) if point < len(tokens) else "")


def _commas(before: Sequence[Token], after: Sequence[Token]) -> tuple[bool, int]:
    """Return whether commas part the thousands, and how many after the last digit divide by a thousand."""
    digits = [at for at, token in enumerate(before) if token.sort == "digit"]
    last = digits[-1] if digits else -1
    scaling = sum(1 for token in before[last + 1 :] if token.sort == "comma")
    trailing = [at for at, token in enumerate(after) if token.sort == "digit"]
    if trailing:
        scaling += sum(1 for token in after[trailing[-1] + 1 :] if token.sort == "comma")
    return any(token.sort == "comma" for token in before[: last + 1]), scaling


def _whole(digits: str, tokens: Sequence[Token], *, has_thousands: bool) -> str:
    """Fill the placeholders from the right; the first of them takes all that is left."""
    left = list(digits.lstrip("0"))
    first = next((at for at, token in enumerate(tokens) if token.sort == "digit"), -1)
    parts: list[str] = []
    count = 0
    for at in range(len(tokens) - 1, -1, -1):
        token = tokens[at]
        if token.sort != "digit":
            parts.append("" if token.sort == "comma" else token.text)
            continue
        taken = [left.pop()] if left else [{"0": "0", "?": " "}.get(token.text, "")]
        if at == first:
            taken.extend(reversed(left))
        for digit in taken:
            parts.append("," if has_thousands and count and count % 3 == 0 and digit.isdigit() else "")
            parts.append(digit)
            count += digit.isdigit()
    # No place before the point: what is there all the same is shown.
    return ("".join(left) if first < 0 else "") + "".join(reversed(parts))


def _decimals(digits: str, tokens: Sequence[Token]) -> str:
    needed = len(digits.rstrip("0"))
    parts: list[str] = []
    at = 0
    for token in tokens:
        if token.sort != "digit":
            parts.append("" if token.sort == "comma" else token.text)
            continue
        digit = digits[at] if at < len(digits) else "0"
        parts.append(digit if at < needed or token.text == "0" else {"?": " "}.get(token.text, ""))
        at += 1
    return "".join(parts)


def _power(number: Decimal, tokens: Sequence[Token], at: int) -> str:
    mantissa, rest = tokens[:at], tokens[at + 1 :]
    point = next((one for one, token in enumerate(mantissa) if token.sort == "point"), len(mantissa))
    step = max(1, sum(1 for token in mantissa[:point] if token.sort == "digit"))
    places = sum(1 for token in mantissa[point:] if token.sort == "digit")
    power = number.adjusted() // step * step if number else 0
    scaled = number.scaleb(-power, _WIDE)
    if scaled.quantize(Decimal(1).scaleb(-min(places, _PLACES_MAX)), context=_WIDE).adjusted() >= step:
        power, scaled = power + step, scaled.scaleb(-step, _WIDE)
    width = sum(1 for token in rest if token.sort == "digit")
    sign = "-" if power < 0 else tokens[at].text[1].replace("-", "")
    tail = "".join(token.text for token in rest if token.is_literal)
    return f"{_decimal(scaled, mantissa)}E{sign}{abs(power):0{width}}{tail}"


def _fraction(number: Decimal, tokens: Sequence[Token], slash: int) -> str:
    """Show "2 1/2": the whole, where it has a place of its own, and the nearest fraction."""
    start = slash
    while start and (tokens[start - 1].sort == "digit" or (tokens[start - 1].sort == "literal" and tokens[start - 1].text.isdigit())):
        start -= 1
    end = slash + 1
    while end < len(tokens) and (tokens[end].sort == "digit" or tokens[end].text.isdigit()):
        end += 1
    below = "".join(token.text for token in tokens[slash + 1 : end])
    fixed = int(below[:6]) if below[:6].isdigit() and int(below[:6]) else 0
    has_whole = any(token.sort == "digit" for token in tokens[:start])
    whole = int(number) if has_whole else 0
    rest = Fraction(number) - whole
    near = Fraction(round(rest * fixed), fixed) if fixed else rest.limit_denominator(10 ** max(1, min(len(below), 6)) - 1)
    if has_whole and near >= 1:
        whole, near = whole + 1, Fraction(0)
    top, bottom = (round(near * fixed), fixed) if fixed else (near.numerator, near.denominator)
    part = f"{top}/{bottom}" if near or not has_whole else ""
    lead = "".join(token.text for token in tokens[:start] if token.is_literal).strip()
    tail = "".join(token.text for token in tokens[end:] if token.is_literal).strip()
    words = [str(whole) if has_whole and (whole or not part) else "", part]
    return lead + " ".join(word for word in words if word) + tail
