"""What leaves the links guard: text as it is, what was put in instead of something, and what is left out up to its end."""

from apps.gateway.guards.markdown_lines import HEAD, Lines

# Marks at the end of an address that belong to the sentence, as far as they are kept.
_TRAIL, _MOST_TRAIL = frozenset(".,;:!?'\"*_~"), 32
_ENDS_ADDRESS = frozenset(' \t\r\n\v\f<>"`|]\u00a0')
# Marks that nothing can be made of with what is put behind or before them.
_CALM_BEFORE, _CALM_BEHIND = frozenset("([*_\"',|>-"), frozenset(".,;!?)]'\"*_|")


class Output:
    """Keeps what is put in from growing together with what stands before and behind it: "ht", a removed image and "tps:" are no address."""

    def __init__(self, lines: Lines) -> None:
        self.last = ""
        # Something was put in last.
        self.is_glued = False
        self._calm_behind = _CALM_BEHIND
        self._lines = lines
        self._pieces: list[str] = []

    def take(self) -> str:
        text = "".join(self._pieces)
        self._pieces.clear()
        return text

    def pass_on(self, text: str, *, is_told: bool = True) -> None:
        """`is_told`: whether it belongs to a line of text, whose beginning is remembered."""
        if self.is_glued and text:
            self.is_glued = False
            if not text[0].isspace() and text[0] not in self._calm_behind:
                self.write(" ")
        self.write(text, is_told=is_told)

    def put(self, text: str) -> None:
        # Two runs of backticks must not meet.
        calm = _CALM_BEFORE | {"`"} if text and not text.startswith("`") else _CALM_BEFORE
        if self.last and not self.last.isspace() and self.last not in calm and not text.startswith(" "):
            self.write(" ")
        self.write(text)
        self.is_glued = True
        self._calm_behind = _CALM_BEHIND | {"`"} if text and not text.endswith("`") else _CALM_BEHIND

    def write(self, text: str, *, is_told: bool = True) -> None:
        if text:
            self._pieces.append(text)
            self.last = text[-1]
            if is_told:
                self.note(text)

    def note(self, text: str) -> None:
        self.last = text[-1]
        if len(self._lines.head) < HEAD:
            self._lines.head += text[:HEAD]


class Skip:
    """What is left out up to its end: the rest of an address (`closing` is the bracket that is not its own), or of a target."""

    def __init__(self, *, is_target: bool, closing: str) -> None:
        self.closing = closing
        self.trail = ""
        self._is_target = is_target
        self._depth = 0

    def ends_with(self, character: str) -> bool:
        if self.closing == ">":
            return character in ">\r\n"
        if (character == ")" and not self._depth) or character in (" \t\r\n" if self._is_target else _ENDS_ADDRESS):
            return True
        self._depth += (character == "(") - (character == ")")
        if not self._is_target:
            self.trail = (self.trail + character)[-_MOST_TRAIL:] if character in _TRAIL else ""
        return False
