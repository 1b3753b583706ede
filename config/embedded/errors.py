"""The one error of the embedded services."""


class EmbeddedError(Exception):
    """A service cannot be started or stopped; the text is one line that says which, and what to do."""
