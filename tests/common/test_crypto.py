"""Secrets in the database: sealed for their place, opened by any of the keys, and nowhere else."""

import base64
from io import StringIO

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.common import crypto
from apps.common.crypto import CannotOpen, key_id_of, seal, unseal
from apps.gateway.models import Provider

OLD, NEW = f"old:{'o' * 32}", f"new:{'n' * 32}"
PLACE = "table:1:column"


@pytest.fixture(autouse=True)
def keys(settings):
    settings.QUIRE_ENCRYPTION_KEYS = OLD


@pytest.fixture
def provider(db):
    return Provider.objects.create(name="Models", base_url="http://models.internal/v1", api_key="sk-planted-0123456789")


def kept(provider):
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key FROM gateway_provider WHERE id = %s", [provider.pk])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("text", ["", "a", "sk-" + "x" * 5000, "Schlüssel 🗝", "with:colons:in it\n"])
def test_what_is_sealed_is_opened_at_its_place(text):
    sealed = seal(text, PLACE)
    assert unseal(sealed, PLACE) == text
    assert key_id_of(sealed) == "old"


def test_the_same_text_looks_different_each_time():
    assert len({seal("text", PLACE) for _ in range(20)}) == 20


@pytest.mark.parametrize("place", ["table:2:column", "other:1:column", "table:1:other", ""])
def test_at_another_place_it_does_not_open(place):
    with pytest.raises(CannotOpen):
        unseal(seal("text", PLACE), place)


def test_a_changed_byte_anywhere_is_noticed():
    version, key_id, body = seal("text", PLACE).split(":")
    raw = base64.b64decode(body)
    for number in range(len(raw)):
        changed = bytes([*raw[:number], raw[number] ^ 1, *raw[number + 1 :]])
        with pytest.raises(CannotOpen):
            unseal(f"{version}:{key_id}:{base64.b64encode(changed).decode()}", PLACE)


@pytest.mark.parametrize(
    "change", [lambda text: text[:-8], lambda text: f"v2{text[2:]}", lambda text: text.replace("old", "gone"), lambda _: "bare text", lambda _: "v1:old:%"]
)
def test_what_is_not_whole_does_not_open(change):
    with pytest.raises(CannotOpen):
        unseal(change(seal("text", PLACE)), PLACE)


def test_nothing_of_a_secret_is_in_what_is_said_of_it():
    sealed = seal("sk-planted", PLACE)
    with pytest.raises(CannotOpen) as raised:
        unseal(sealed, "elsewhere")
    assert "planted" not in f"{raised.value} {raised.value.detail}"
    assert sealed not in raised.value.detail
    assert raised.value.__cause__ is None


def test_a_new_key_in_front_seals_and_the_old_one_still_opens(settings):
    before = seal("text", PLACE)
    settings.QUIRE_ENCRYPTION_KEYS = f"{NEW}, {OLD}"
    assert unseal(before, PLACE) == "text"
    assert key_id_of(seal("text", PLACE)) == "new"


@pytest.mark.parametrize("keys", [NEW, f"old:{'x' * 32}"])
def test_without_the_key_or_with_another_of_its_name_it_does_not_open(settings, keys):
    sealed = seal("text", PLACE)
    settings.QUIRE_ENCRYPTION_KEYS = keys
    with pytest.raises(CannotOpen):
        unseal(sealed, PLACE)


# --- as a field of a row


def test_a_row_is_sealed_in_the_database_and_open_in_memory(provider):
    assert kept(provider).startswith("v1:old:")
    assert "planted" not in kept(provider)
    again = Provider.objects.get(pk=provider.pk)
    assert again.api_key == "sk-planted-0123456789"
    assert Provider.objects.defer("api_key").get(pk=provider.pk).api_key == "sk-planted-0123456789"
    assert Provider.api_key.__class__.__name__ == "_Opening"


def test_saving_a_row_as_it_was_read_leaves_the_sealed_text_alone(provider, settings):
    before = kept(provider)
    settings.QUIRE_ENCRYPTION_KEYS = NEW
    again = Provider.objects.get(pk=provider.pk)
    again.name = "Renamed"
    again.save()
    assert kept(provider) == before


def test_a_text_that_was_copied_to_another_row_does_not_open(provider):
    other = Provider.objects.create(name="Other", base_url="http://other.internal/v1")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE gateway_provider SET api_key = %s WHERE id = %s", [kept(provider), other.pk])
    copied = Provider.objects.get(pk=other.pk)
    with pytest.raises(CannotOpen):
        _ = copied.api_key


def test_no_key_is_an_empty_text_and_not_sealed(provider):
    provider.api_key = ""
    provider.save()
    assert kept(provider) == ""
    assert Provider.objects.get().api_key == ""


def test_a_bare_text_reaches_the_database_by_no_way(provider):
    with pytest.raises(TypeError), transaction.atomic():
        Provider.objects.update(api_key="sk-bare")
    provider.api_key = "sk-bare"
    with pytest.raises(TypeError), transaction.atomic():
        Provider.objects.bulk_update([provider], ["api_key"])
    with pytest.raises(TypeError):
        Provider.objects.filter(api_key="sk-planted-0123456789").exists()
    Provider.objects.bulk_create([Provider(name="Third", base_url="http://x", api_key="sk-third")])
    assert kept(Provider.objects.get(name="Third")).startswith("v1:")


def test_a_dump_holds_no_secret_sealed_or_not(provider):
    dumped = serializers.serialize("json", Provider.objects.all())
    assert provider.name in dumped
    assert kept(provider) not in dumped
    assert "planted" not in dumped
    assert "sk-" not in serializers.serialize("json", [Provider(name="New", api_key="sk-planted")])


# --- letting an old key go


def run():
    said = StringIO()
    call_command("seal_again", stdout=said, stderr=said)
    return said.getvalue()


def test_sealing_again_lets_the_old_key_go(provider, settings):
    empty = Provider.objects.create(name="None", base_url="http://none.internal/v1")
    settings.QUIRE_ENCRYPTION_KEYS = f"{NEW},{OLD}"
    assert "Sealed again: 1." in run()
    assert kept(provider).startswith("v1:new:")
    assert kept(empty) == ""
    settings.QUIRE_ENCRYPTION_KEYS = NEW
    assert Provider.objects.get(pk=provider.pk).api_key == "sk-planted-0123456789"


def test_sealing_again_twice_changes_nothing_the_second_time(provider, settings):
    settings.QUIRE_ENCRYPTION_KEYS = f"{NEW},{OLD}"
    run()
    before = kept(provider)
    assert "Sealed again: 0." in run()
    assert kept(provider) == before


def test_more_rows_than_a_batch_are_all_sealed_again(provider, settings, monkeypatch):
    monkeypatch.setattr("apps.common.resealing.BATCH", 2)
    for number in range(4):
        Provider.objects.create(name=f"More {number}", base_url="http://more.internal/v1", api_key=f"sk-{number}")
    settings.QUIRE_ENCRYPTION_KEYS = f"{NEW},{OLD}"
    assert "Sealed again: 5." in run()


def test_what_no_key_opens_is_named_and_the_rest_is_done(provider, settings):
    settings.QUIRE_ENCRYPTION_KEYS = f"gone:{'g' * 32}"
    lost = Provider.objects.create(name="Lost", base_url="http://lost.internal/v1", api_key="sk-lost")
    settings.QUIRE_ENCRYPTION_KEYS = f"{NEW},{OLD}"
    said = StringIO()
    with pytest.raises(CommandError, match="1 could not be opened"):
        call_command("seal_again", stdout=said, stderr=said)
    assert str(lost.pk) in said.getvalue()
    assert kept(provider).startswith("v1:new:")
    assert kept(lost).startswith("v1:gone:")


def test_ciphers_are_made_once_for_a_setting():
    assert crypto._ciphers(OLD) is crypto._ciphers(OLD)
