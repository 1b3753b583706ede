"""What is personal data and what only looks like it. Numbers are examples from standards and handbooks; they are nobody's."""

import pytest

from apps.gateway.guards.numbers import has_luhn, is_card, is_iban, is_national_id
from apps.gateway.guards.personal_data import find_personal_data


def found(text):
    return [(match.rule, text[match.start : match.end]) for match in find_personal_data(text)]


@pytest.mark.parametrize(
    "text",
    [
        "alice.smith@example.com",
        "bob+tag@mail.example.co.uk",
        "jörg@bücher.example",
        "o'hara@example.org",
        "a@xn--bcher-kva.example",
        "ＡＬＩＣＥ＠ｅｘａｍｐｌｅ．ｃｏｍ",
    ],
)
def test_it_finds_an_e_mail_address(text):
    assert found(f"Write to <{text}>, please.") == [("email", text)]


def test_the_name_of_a_field_is_no_part_of_an_address():
    assert found("to=a@x.example&cc='b@x.example'") == [("email", "a@x.example"), ("email", "b@x.example")]


@pytest.mark.parametrize("text", ["git@github.com:org/repo", "icon@2x.png", "user@localhost", "pkg@1.2.3", "@alice", "a @ b.example", "@", "...@example.com"])
def test_it_takes_other_uses_of_the_sign_for_no_address(text):
    assert found(f"See {text} for more") == []


@pytest.mark.parametrize(
    "text",
    [
        "+49 170 1234567", "+14155552671", "+1-800-555-0199", "+44 (0)20 7946 0958", "0049 170 1234567", "(415) 555-2671", "555-123-4567",
        "1-415-555-2671", "030/12345678", "089 / 123456-78", "0171 1234567", "020 7946 0958", "06 12 34 56 78", "01.23.45.67.89", "138 1234 5678",
        "612 345 678", "+49\u00a0170\u00a01234567",
    ],
)  # fmt: skip
def test_it_finds_a_telephone_number(text):
    assert found(f"Call {text} today") == [("phone", text)]


@pytest.mark.parametrize(("text", "number"), [("Tel.: 1234567", "1234567"), ("手机:13812345678", "13812345678"), ("mobile 07700900123", "07700900123")])
def test_a_word_before_a_number_makes_it_a_telephone_number(text, number):
    assert found(text) == [("phone", number)]


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-15", "15/01/2024", "01.02.2024 10:30", "1.2.3.4", "192.168.100.200", "ISBN 978-3-16-148410-0", "ISBN 0-306-40615-2", "1234567890123",
        "13812345678", "invoice 2024-000123-45", "550e8400-e29b-41d4-a716-446655440000", "1700000000", "2001:db8:85a3::8a2e:370:7334", "90210-1234",
        "0 123 456 789", "§ 0815/2023-45", "0123/45678/2020", "1,234,567", "3.14159265", "2023-2024", "00123456789",
        "fax 2024-01-15 10:30", "ISBN: 0306-40615 22",
        "v10.20.30-rc1", "0x12345678", "12:30:45 1234", "EAN 0123-4567-890",
    ],
)  # fmt: skip
def test_it_takes_dates_versions_and_ids_for_no_telephone_number(text):
    assert found(f"The value {text} is fine") == []


@pytest.mark.parametrize(
    "text", ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "de89-3704-0044-0532-0130-00", "NO93 8601 1117 947", "NL91 ABNA 0417 1643 00"]
)
def test_it_finds_an_account_number_and_not_what_stands_behind_it(text):
    assert found(f"IBAN {text} BIC COBADEFF") == [("iban", text)]


@pytest.mark.parametrize("text", ["DE89 3704 0044 0532 0130 01", "XX89 3704 0044 0532 0130 00", "DE89 3704 0044 0532", "DE89 3704 0044 0532 0130 001"])
def test_an_account_number_with_a_wrong_sum_length_or_country_is_none(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111", "4111-1111-1111-1111", "4111.1111.1111.1111", "4111111111111111", "378282246310005", "5105105105105100", "2223003122003222",
        "6011111111111117", "3530111333300000", "30569309025904", "4222222222222", "6759649826438453", "４１１１　１１１１　１１１１　１１１１",
        "٤١١١١١١١١١١١١١١١",
    ],
)  # fmt: skip
def test_it_finds_a_payment_card(text):
    assert found(f"card {text}, exp 12/26") == [("card", text)]


def test_it_finds_cards_among_other_numbers():
    assert found("4111 1111 1111 1111 1226 and 5105 1051 0510 5100 378282246310005") == [
        ("card", "4111 1111 1111 1111"),
        ("card", "5105 1051 0510 5100"),
        ("card", "378282246310005"),
    ]


@pytest.mark.parametrize("text", ["4111111111111112", "9999999999999995", "1234567890123452", "0000000000000000", "41111111111111114111111111111111"])
def test_a_number_with_a_wrong_sum_or_network_is_no_card(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "536-90-4399", "536 90 4399", "12345678Z", "X1234567L", "529.982.247-25", "11010519491231002X", "1 85 05 78 006 084 91", "185057800608491",
        "756.9217.0769.85",
    ],
)  # fmt: skip
def test_it_finds_a_personal_identity_number(text):
    assert found(f"Id {text}.") == [("national_id", text)]


def test_an_american_number_without_marks_has_to_be_named():
    assert found("SSN: 536904399") == [("national_id", "536904399")]
    assert found("Order 536904399") == []


@pytest.mark.parametrize(
    "text",
    [
        "000-12-3456", "666-12-1234", "900-11-1111", "536-00-4399", "536-90-0000", "078-05-1120", "12345678A", "529.982.247-26", "111.111.111-11",
        "529.982.247-52", "110105194912310021", "1 85 05 78 006 084 92", "756.9217.0769.84",
    ],
)  # fmt: skip
def test_a_number_that_fails_its_test_is_no_identity_number(text):
    assert found(f"Id {text}.") == []


def test_a_french_number_of_corsica_counts_its_letter():
    assert is_national_id("1 85 05 2A 006 084 " + str(97 - 1850519006084 % 97).zfill(2))


def test_checksums_hold_for_known_numbers():
    assert has_luhn("79927398713")
    assert not has_luhn("79927398710")
    assert not is_card("1111111111111111")
    assert is_iban("GB82 WEST 1234 5698 7654 32") == 27
    assert is_iban("GB82") == 0


def test_a_text_without_digits_or_signs_has_nothing():
    assert found("Nothing here, только слова — und Wörter.") == []


def test_a_long_text_of_one_letter_is_done_with_quickly():
    assert found("a" * 200_000 + "@" + "1" * 200_000) == []
