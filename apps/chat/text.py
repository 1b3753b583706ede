"""Text that Postgres can keep."""


def storable(text: str) -> str:
    """`text` without NUL characters, and with halves of surrogate pairs (JSON can carry them) replaced."""
    if text.isascii():
        return text.replace("\x00", "")
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "")


def shorten(text: str, length: int) -> str:
    """One line of at most `length` characters, cut between words."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"
