"""Numbers as a spreadsheet shows them: 40089.85 under "d-mmm-yy" is 3-Oct-09.

The formats are those of Excel (ECMA-376, 18.8.31), shown as an English Excel does. `number_codes` takes a code apart,
`number_digits` and `number_dates` show what the parts say.
"""

import math
from collections.abc import Sequence

from apps.documents.ingest.number_codes import Section, Sort, read_code
from apps.documents.ingest.number_dates import show_date
from apps.documents.ingest.number_digits import general, show_digits

BUILT_IN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: '"$"#,##0_);("$"#,##0)',
    6: '"$"#,##0_);("$"#,##0)',
    7: '"$"#,##0.00_);("$"#,##0.00)',
    8: '"$"#,##0.00_);("$"#,##0.00)',
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "m/d/yyyy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "m/d/yyyy h:mm",
    **dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-mm-dd"),
    **dict.fromkeys((32, 33, 34, 35, 55, 56), "h:mm:ss"),
    37: "#,##0_);(#,##0)",
    38: "#,##0_);(#,##0)",
    39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);(#,##0.00)",
    41: '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)',
    42: '_("$"* #,##0_);_("$"* (#,##0);_("$"* "-"_);_(@_)',
    43: '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)',
    44: '_("$"* #,##0.00_);_("$"* (#,##0.00);_("$"* "-"??_);_(@_)',
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
}
# No number has more letters; longer ones are not worth the reading.
_NUMBER_CHARS_MAX = 400


def show_number(raw: str, code: str, *, since_1904: bool = False) -> str:
    """Return the number written as `raw` as the format `code` shows it; `raw` itself if it is no number."""
    try:
        value = float(raw) if len(raw) <= _NUMBER_CHARS_MAX else math.nan
    except ValueError:
        return raw
    if not math.isfinite(value):
        return raw
    sections = read_code(code or "General")
    section, has_own_sign = _section(sections, value)
    if section.sort == Sort.DATE:
        return show_date(value, section, since_1904=since_1904)
    if section.sort == Sort.TEXT:
        return _around(section, general(value))
    sign = "-" if value < 0 and not has_own_sign else ""
    if section.sort == Sort.GENERAL:
        return _around(section, sign + general(abs(value)))
    shown = show_digits(abs(value), section)
    # What is rounded to nothing has no sign.
    return sign + shown if any(letter in "123456789" for letter in shown) or not any(letter.isdigit() for letter in shown) else shown


def show_text(text: str, code: str) -> str:
    """Return text as the format's section for text shows it."""
    if "@" not in code:
        return text
    last = read_code(code)[-1]
    return _around(last, text) if last.sort == Sort.TEXT else text


def _section(sections: Sequence[Section], value: float) -> tuple[Section, bool]:
    """Return the section for `value` and whether it says itself that the value is negative."""
    numbers = [one for one in sections[:3] if one.sort != Sort.TEXT] or [sections[0]]
    if any(one.admits is not None for one in numbers):
        for one in numbers:
            if one.admits is None or one.admits(value):
                return one, len(numbers) > 1 and one.is_for_negatives
        return numbers[-1], False
    if value < 0 and len(numbers) > 1:
        return numbers[1], True
    if value == 0 and len(numbers) > 2:
        return numbers[2], False
    return numbers[0], False


def _around(section: Section, text: str) -> str:
    """Put `text` where the section has its place for it."""
    return "".join(text if token.is_value else token.text for token in section.tokens if token.is_value or token.is_literal)
