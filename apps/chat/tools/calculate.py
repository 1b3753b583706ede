"""Arithmetic, since models are bad at it: an evaluator of its own over Python's syntax tree, in which nothing has a name but a few functions.

Every number stays under a size before it is made, so that no expression takes long or much memory.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence

from apps.chat.graph.context import ToolResult
from apps.chat.tools.arguments import Text
from apps.chat.tools.base import Arguments, ModelTool, Use, Who
from apps.common.errors import Invalid

Number = int | float

EXPRESSION_CHARS_MAX = 300
# Python's own parser fails on deep nesting, in ways that cannot be caught safely.
DEPTH_MAX = 30
# Of a whole number, and of any exponent.
BITS_MAX, EXPONENT_MAX = 2_048, 1_000

_SIGNS: Mapping[type[ast.unaryop], Callable[[Number], Number]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}


def calculate(expression: str) -> str:
    """The value in digits. Raises Invalid, in words for who wrote the expression."""
    if len(expression) > EXPRESSION_CHARS_MAX:
        raise Invalid(f"An expression can have at most {EXPRESSION_CHARS_MAX} characters.")
    if expression.count("(") > DEPTH_MAX or _longest_run_of_signs(expression) > DEPTH_MAX:
        raise Invalid("The expression is nested too deeply. Calculate it in parts.")
    try:
        tree = ast.parse(expression.strip().replace("^", "**"), mode="eval")
        return _show(_value(tree.body))
    except (SyntaxError, ValueError, TypeError):
        raise Invalid("That is no expression that can be calculated. Use numbers, + - * / // % ** and parentheses, and the functions named.") from None
    except ZeroDivisionError:
        raise Invalid("The expression divides by zero.") from None
    except (OverflowError, RecursionError, MemoryError):
        raise Invalid("The result is too large.") from None


def _longest_run_of_signs(expression: str) -> int:
    longest = run = 0
    for letter in expression:
        run = run + 1 if letter in "+-~ " or (run and letter == "*") else 0
        longest = max(longest, run)
    return longest


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _small(value)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _SIGNS:
            return _SIGNS[type(op)](_value(operand))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _small(_OPERATORS[type(op)](_value(left), _value(right)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _small(_FUNCTIONS[name]([_value(arg) for arg in args]))
    raise ValueError("not arithmetic")


def _small(value: Number) -> Number:
    if isinstance(value, complex):
        raise ValueError("no real number")
    if isinstance(value, int) and value.bit_length() > BITS_MAX:
        raise OverflowError
    if isinstance(value, float) and not math.isfinite(value):
        raise OverflowError
    return value


def _power(base: Number, exponent: Number) -> Number:
    if abs(exponent) > EXPONENT_MAX or (isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * exponent > 2 * BITS_MAX):
        raise OverflowError
    result: Number = base**exponent
    return result


def _round(values: Sequence[Number]) -> Number:
    if len(values) > 1:
        return round(values[0], int(values[1]))
    return round(values[0])


def _of_one(function: Callable[[Number], Number]) -> Callable[[Sequence[Number]], Number]:
    def call(values: Sequence[Number]) -> Number:
        [value] = values
        return function(value)

    return call


_OPERATORS: Mapping[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
_FUNCTIONS: Mapping[str, Callable[[Sequence[Number]], Number]] = {
    "abs": _of_one(abs),
    "ceil": _of_one(math.ceil),
    "floor": _of_one(math.floor),
    "ln": _of_one(math.log),
    "log10": _of_one(math.log10),
    "max": max,
    "min": min,
    "round": _round,
    "sqrt": _of_one(math.sqrt),
}


def _show(value: Number) -> str:
    """Digits enough for any sum of money, without the noise of binary fractions."""
    if isinstance(value, float):
        return format(value, ".15g")
    return str(value)


def build(who: Who) -> Use:
    async def use(arguments: Arguments, key: str) -> ToolResult:
        await who()
        return ToolResult(f"{arguments['expression']} = {calculate(arguments['expression'])}")

    return use


CALCULATE = ModelTool(
    "calculate",
    "chat.ask",
    build,
    description=f"Calculate an expression of numbers with + - * / // % ** and parentheses; functions: {', '.join(_FUNCTIONS)}.",
    fields=(Text("expression", "For instance (1250 - 3 * 99.5) * 1.19", chars_max=EXPRESSION_CHARS_MAX),),
    say=lambda arguments: "Calculating",
)
