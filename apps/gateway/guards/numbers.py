"""Checksums, lengths and ranges of numbers that say of themselves whether they are real."""

import re

# ISO 13616: how long an account number of each country is.
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28, "CH": 21, "CR": 22,
    "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22,
    "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30,
    "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20,
    "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
    "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26,
    "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip

# First digits of the networks' numbers and how long these are.
_CARDS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:6011|64[4-9]\d|65\d{2})\d{12,15}"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|(?:30[0-5]\d|3[689]\d{2})\d{10,15}"  # Diners Club
    r"|62\d{14,17}"  # UnionPay
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}"  # Maestro
)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_SPANISH = "TRWAGMYFPDXBNJZSQVHLCKE"
_CHINESE_WEIGHTS, _CHINESE = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
# Printed in advertisements and handbooks, and nobody's.
_NOBODYS = {"078051120", "219099999", "123456789"}


def is_iban(text: str) -> int:
    """Where in `text` (which begins with one) an account number ends; 0: it is none."""
    length = _IBAN_LENGTHS.get(text[:2].upper())
    if length is None:
        return 0
    places = [at for at, character in enumerate(text) if character.isalnum()]
    if len(places) < length:
        return 0
    taken, end = "".join(text[at] for at in places[:length]), places[length - 1] + 1
    if text[end : end + 1].isalnum():
        return 0
    moved = (taken[4:] + taken[:4]).upper()
    return end if int("".join(str(int(character, 36)) for character in moved)) % 97 == 1 else 0


def is_card(digits: str) -> bool:
    return _CARDS.fullmatch(digits) is not None and len(set(digits)) > 1 and has_luhn(digits)


def has_luhn(digits: str) -> bool:
    return sum(_DOUBLED[int(digit)] if at % 2 else int(digit) for at, digit in enumerate(reversed(digits))) % 10 == 0


def is_national_id(text: str) -> bool:
    """Whether a text of one of the known shapes passes that shape's test."""
    plain = re.sub(r"[ .\-]", "", text).upper()
    if len(plain) == 9 and plain.isdigit():
        return _is_american(plain)
    if len(plain) == 9:
        return _SPANISH[int(plain[:8].translate(str.maketrans("XYZ", "012"))) % 23] == plain[8]
    if len(plain) == 11:
        return _is_brazilian(plain)
    if len(plain) == 13:
        return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(plain)) % 10 == 0
    if len(plain) == 15:
        return _is_french(plain)
    return _CHINESE[sum(int(digit) * weight for digit, weight in zip(plain, _CHINESE_WEIGHTS, strict=False)) % 11] == plain[17]


def _is_american(plain: str) -> bool:
    area, group, serial = plain[:3], plain[3:5], plain[5:]
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000" and plain not in _NOBODYS


def _is_brazilian(plain: str) -> bool:
    if len(set(plain)) == 1:
        return False
    for length in (9, 10):
        rest = sum(int(digit) * (length + 1 - at) for at, digit in enumerate(plain[:length])) * 10 % 11 % 10
        if rest != int(plain[length]):
            return False
    return True


def _is_french(plain: str) -> bool:
    # Corsica's departments are written with a letter.
    number = plain[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(plain[13:])
