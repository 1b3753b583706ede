"""Money and tokens as people read them."""

from collections.abc import Callable
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from django.conf import settings
from django.utils.html import format_html


def amount(value: Decimal) -> str:
    """As many places as it has, and two at least."""
    whole, _, places = f"{value:,.9f}".rstrip("0").partition(".")
    return f"{whole}.{places.ljust(2, '0')}"


def rounded(value: Decimal, rounding: str = ROUND_HALF_EVEN) -> str:
    """To where it is read with: two places, or four of less than one."""
    return amount(value.quantize(Decimal("0.01") if value >= 1 else Decimal("0.0001"), rounding))


def rounded_down(value: Decimal) -> str:
    """The same of what is left, of which nobody is promised more than there is."""
    return rounded(value, ROUND_FLOOR)


def money(value: Decimal, write: Callable[[Decimal], str] = amount) -> str:
    return f"{write(value)} {settings.QUIRE_CURRENCY}"


def no_price() -> str:
    """Said aloud: where a budget of money counts, such a model is refused."""
    return format_html('<span class="lacking">{}</span>', "no price")
