"""A key is compared to its last character: one whose digest only begins like the right one is no key."""

import pytest

from apps.accounts.models import ApiKey
from apps.accounts.services.keys import make_key

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("place", [0, 31, 63])
def test_a_digest_that_differs_in_one_character_opens_nothing(place, bob_reader, client):
    key, text = make_key(bob_reader, name="Key", scopes=["document.view"])
    asks = {"headers": {"Authorization": f"Bearer {text}"}}
    assert client.get("/api/v1/documents", **asks).status_code == 200
    other = "0" if key.digest[place] != "0" else "1"
    ApiKey.objects.filter(pk=key.pk).update(digest=key.digest[:place] + other + key.digest[place + 1 :])
    assert client.get("/api/v1/documents", **asks).status_code == 401
