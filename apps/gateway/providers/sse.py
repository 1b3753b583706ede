"""Events out of a stream of bytes (the event stream of the HTML standard), wherever the network cut it. Only their data is of use here."""

EVENT_BYTES = 1024 * 1024
_MARK = b"\xef\xbb\xbf"


class EventParser:
    """`feed` and `end` return the data of the events that are whole; a multi-line one joined by line breaks. Raises ValueError beyond 1 MB.

    Data that holds nothing, comments and every other field say nothing to us and are left out.
    """

    __slots__ = ("_data", "_is_after_return", "_is_at_start", "_line", "_size")

    def __init__(self) -> None:
        # Of the line that is still open, and the lines of the event that is.
        self._line: list[bytes] = []
        self._data: list[bytes] = []
        self._size = 0
        self._is_after_return = False
        self._is_at_start = True

    def feed(self, data: bytes) -> list[bytes]:
        if self._is_after_return and data:
            # A line break of two characters that was cut between them.
            data = data.removeprefix(b"\n")
            self._is_after_return = False
        if b"\n" not in data and b"\r" not in data:
            self._line.append(data)
            self._grow(len(data))
            return []
        if self._line:
            self._line.append(data)
            data = b"".join(self._line)
            self._line = []
        # splitlines() of bytes knows the standard's three line breaks and no others.
        lines = data.splitlines()
        last = data[-1]
        if last == 10 or last == 13:
            self._is_after_return = last == 13
        else:
            rest = lines.pop()
            self._line = [rest]
        events = self._read(lines)
        self._size = sum(map(len, self._line)) + sum(map(len, self._data))
        self._grow(0)
        return events

    def end(self) -> list[bytes]:
        """What was begun and never closed by an empty line: some servers leave it out at the very end."""
        lines = [b"".join(self._line), b""]
        self._line = []
        return self._read(lines)

    def _read(self, lines: list[bytes]) -> list[bytes]:
        if self._is_at_start:
            lines[0] = lines[0].removeprefix(_MARK)
            self._is_at_start = False
        events: list[bytes] = []
        data = self._data
        for line in lines:
            if not line:
                if data:
                    events.append(data[0] if len(data) == 1 else b"\n".join(data))
                    data.clear()
            elif line.startswith(b"data:"):
                data.append(line[6:] if line[5:6] == b" " else line[5:])
        return [event for event in events if event]

    def _grow(self, more: int) -> None:
        self._size += more
        if self._size > EVENT_BYTES:
            raise ValueError("too long an event")
