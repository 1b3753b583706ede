"""What a bucket is called in Redis: nobody who reads the keys there learns an e-mail or an address."""

from django.utils.crypto import salted_hmac

PREFIX = "quire:limit:"


def private(text: str) -> str:
    """Return a name for `text` that tells it to nobody without the installation's secret key."""
    return salted_hmac("quire.limits", text, algorithm="sha256").hexdigest()[:32]
