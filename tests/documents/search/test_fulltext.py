import pytest

from apps.documents.search.fulltext import any_of


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("How do I sew?", "How or do or I or sew"),
        ('a "bone folder" please', 'a or "bone folder" or please'),
        ("salt or pepper and -sugar", "salt or pepper or sugar"),
        ("v1.2.3 CVE-2026-1 snake_case", "v1.2.3 or CVE-2026-1 or snake_case"),
        ("thread thread thread", "thread"),
        ("?! -- ''", ""),
    ],
)
def test_any_of_the_words_will_do(query, words):
    assert any_of(query) == words


def test_a_very_long_question_is_cut():
    assert any_of(" ".join(f"w{number}" for number in range(500))).count(" or ") == 39
