"""Keys and passwords. What stands here was made up, in pieces, so that no scanner takes it for one."""

import pytest

from apps.accounts.keys import make_key_text
from apps.gateway.guards.secrets import find_secrets

LETTERS = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0"


def found(text):
    return [(match.rule, text[match.start : match.end]) for match in find_secrets(text)]


@pytest.mark.parametrize(
    ("rule", "secret"),
    [
        ("openai_key", "sk-" + LETTERS), ("openai_key", "sk-proj-" + LETTERS), ("anthropic_key", "sk-ant-api03-" + LETTERS),
        ("aws_key", "AKIA" + "IOSFODNN7EXAMPLE"), ("github_token", "ghp_" + LETTERS[:36]), ("github_token", "github_pat_" + LETTERS),
        ("gitlab_token", "glpat-" + LETTERS[:20]), ("slack_token", "xoxb-" + "1234567890-abcdef"), ("google_key", "AIza" + LETTERS[:35]),
        ("google_key", "ya29." + LETTERS), ("stripe_key", "sk_live_" + LETTERS[:24]), ("stripe_key", "rk_test_" + LETTERS[:24]),
        ("other_token", "hf_" + LETTERS[:34]), ("other_token", "npm_" + LETTERS[:36]), ("other_token", "SG." + LETTERS[:22] + "." + LETTERS),
        ("jwt", "eyJ" + LETTERS + ".eyJ" + LETTERS + "." + LETTERS),
    ],
)  # fmt: skip
def test_it_knows_a_key_by_its_shape(rule, secret):
    assert found(f"use {secret} for it") == [(rule, secret)]


def test_it_knows_quires_own_keys():
    key = make_key_text("live").text
    assert found(f"My key: {key}") == [("quire_key", key)]


@pytest.mark.parametrize("kind", ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"])
def test_it_takes_a_private_key_to_its_end(kind):
    key = f"-----BEGIN {kind}-----\nMIIabc/+=\n-----END {kind}-----"
    assert found(f"Here:\n{key}\nThanks") == [("private_key", key)]


def test_a_private_key_that_was_cut_off_goes_as_far_as_it_looks_like_one():
    [(rule, text)] = found("-----BEGIN PRIVATE KEY-----\nMIIabc\n(cut)")
    assert rule == "private_key"
    assert text == "-----BEGIN PRIVATE KEY-----\nMIIabc\n"


@pytest.mark.parametrize(
    ("text", "rule", "secret"),
    [
        (
            "password=hunter2!", "password", "hunter2!",
        ), ('{"password": "pa55word!x"}', "password", "pa55word!x"), ("The password is Tr0ub4dor&3.", "password", "Tr0ub4dor&3."),
        ("Passwort: geheim123", "password", "geheim123"), ("密码:abc12345", "password", "abc12345"), ("口令:abc12345", "password", "abc12345"),
        ("DB_PASSWORD=s3cr3tValue", "password", "s3cr3tValue"), ("api_key = 'abc123def456'", "password", "abc123def456"), ("pwd: 482910", "password", "482910"),
        ("ｐａｓｓｗｏｒｄ＝hunter2!", "password", "hunter2!"), ("client_secret: AbCdEfGh", "password", "AbCdEfGh"),
        ("Authorization: Bearer abcdef0123456789", "authorization", "abcdef0123456789"), ("authorization: basic dXNlcjpwYXNz", "authorization", "dXNlcjpwYXNz"),
        ("send Bearer abcdefghij0123456789xyz", "authorization", "abcdefghij0123456789xyz"), ("postgres://bob:s3cr3t@db/app", "password", "s3cr3t"),
        ("aws_secret_access_key = " + LETTERS, "aws_key", LETTERS),
        ("https://hooks.slack.com/services/T000/B000/abcdefghijklmnop", "slack_webhook", "T000/B000/abcdefghijklmnop"),
    ],
)  # fmt: skip
def test_it_knows_a_secret_by_the_words_before_it(text, rule, secret):
    assert found(text) == [(rule, secret)]


@pytest.mark.parametrize(
    "text",
    [
        "Password: must have 12 characters", "login(user=name, password=password)", "password=os.environ['X']", "api_key: ${API_KEY}",
        "api_key: your-api-key-here", "reset my password please, ticket is 1234567", "sk-learn-is-a-library-for-machine-learning", "token: abc",
        "password: ********", "The secret is patience", "secret santa is on 2024-12-20", "AKIA is a prefix", "a task-force of twelve people-in-the-room",
        "password = None", "Bearer tokens are sent in a header", "xoxo, Alice", "https://example.com:8080/path", "eyJ is how a token begins",
        "The İ password: must change", "key_1 = value_2",
    ],
)  # fmt: skip
def test_it_takes_prose_placeholders_and_code_for_no_secret(text):
    assert found(text) == []


def test_of_two_readings_of_one_place_the_surer_is_told():
    key = "sk-ant-api03-" + LETTERS
    assert found(f"api_key={key}") == [("anthropic_key", key)]
