"""Bytes without a word about their charset are read as what was written, in all that are about in the world."""

import random
import unicodedata

import pytest

from apps.documents.ingest.charset import guess_charset, meant_charset
from apps.documents.ingest.text import decode, decode_roughly

TEXTS = {
    "Съешь же ещё этих мягких французских булок, да выпей чаю. Москва - столица.": "cp1251 koi8_r cp866 iso8859_5 mac_cyrillic",
    "ПРИВЕТ МИР": "cp1251 koi8_r",
    "Україна є державою у Східній Європі, столиця Київ.": "cp1251 koi8_u",
    "Η Ελλάδα είναι χώρα της Ευρώπης με πρωτεύουσα την Αθήνα.": "cp1253 iso8859_7",
    "ירושלים היא עיר הבירה של מדינת ישראל.": "cp1255",
    "القاهرة هي عاصمة جمهورية مصر العربية وأكبر مدنها.": "cp1256 iso8859_6",
    "東京は日本の首都であり、世界最大の都市の一つです。": "cp932 euc_jp iso2022_jp",
    "ｶﾀｶﾅ ﾊﾝｶｸ テスト": "cp932",
    "北京是中华人民共和国的首都，这是一个简单的测试。": "gb18030 gbk gb2312",
    "台北市是中華民國的首都，這是一個簡單的測試。": "big5",
    "서울은 대한민국의 수도이자 최대 도시이다.": "cp949 euc_kr iso2022_kr",
    "Die Größe der Bücher übertrifft alle „Erwartungen“.": "cp1252 mac_roman",
    "Schöne Grüße an die Bücherfreunde": "cp1252 latin-1 cp850",
    "L’été dernier, nous avons mangé des crêpes à l’œuvre…": "cp1252",
    "El niño comió una piña. ¿Dónde está? ¡Qué difícil! 1º y 2ª": "cp1252",
    "Zażółć gęślą jaźń. Warszawa jest stolicą Polski.": "cp1250 iso8859_2",
    "Příliš žluťoučký kůň úpěl ďábelské ódy.": "cp1250 iso8859_2",
    "Árvíztűrő tükörfúrógép.": "cp1250 iso8859_2",
    "Bucureşti este capitala României şi cel mai mare oraş": "cp1250",
    "İstanbul Türkiye'nin en kalabalık şehridir. Güneşli bir gün.": "cp1254",
    "Vilnius yra Lietuvos sostinė ir didžiausias miestas": "cp1257",
    "กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย": "cp874",
    "Reykjavík er höfuðborg Íslands og stærsta sveitarfélag þess": "cp1252",
}
CASES = [(text, name) for text, names in TEXTS.items() for name in names.split()]
WIDE = ["utf-16", "utf-32", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize(("text", "name"), CASES, ids=[f"{name}-{text[:6]}" for text, name in CASES])
def test_one_line_is_enough_to_tell_its_charset(text, name):
    data = text.encode(name)
    assert decode(data) == data.decode(name)


@pytest.mark.parametrize("name", WIDE)
@pytest.mark.parametrize("text", ["ab", "Plain words.\n", "Съешь же ещё этих\nбулок", "这是一个简单的测试。\n北京是首都", "😀 smile\n" * 900])
def test_unicode_of_every_width_is_read_with_and_without_a_mark(text, name):
    assert decode(text.encode(name)) == text


@pytest.mark.parametrize(
    ("text", "real", "declared"),
    [
        ("في قرية من القرى كان هناك رجل حكيم", "cp1256", "utf-8"),
        ("في قرية من القرى كان هناك رجل حكيم", "cp1256", "iso-8859-1"),
        ("Привет, мир, как дела?", "cp1251", "koi8-r"),
        ("Привет, мир, как дела?", "koi8-r", "windows-1251"),
        ("Schöne Grüße", "cp1252", "windows-1251"),
        ("Schöne Grüße", "cp1252", "shift_jis"),
        ("日本語のテキスト", "cp932", "iso-8859-1"),
        ("日本語のテキスト", "cp932", "no-such-charset"),
        ("日本語のテキスト", "cp932", "base64"),
        ("日本語のテキスト", "cp932", "unicode_escape"),
        ("日本語のテキスト", "utf-8", "shift_jis"),
    ],
)
def test_a_wrong_declaration_is_survived(text, real, declared):
    assert decode(text.encode(real), declared) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("請求書", "euc_jp"),
        ("中文", "gb2312"),
        ("ﬂott – ja", "utf-7"),
        ("Ää", "iso8859_15"),
        ("Հայերեն", "iso8859_16"),
        ("schön", "cp1250"),
        ("Grüße, Bücher", "cp437"),
    ],
)
def test_a_declaration_that_fits_is_believed(text, name):
    data = text.encode(name, errors="ignore") or b"a"
    assert decode(data, name) == data.decode("ascii" if data.isascii() else name)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("ISO-8859-1", "cp1252"), ("gb2312", "gb18030"), (" Shift_JIS ", "cp932"), ("Big5", "big5hkscs"), ("x\0y", None), ("", None), ("hex", None)],
)
def test_a_name_means_what_browsers_take_it_for(said, meant):
    assert meant_charset(said) == meant


def test_a_few_broken_bytes_do_not_make_utf_8_something_else():
    text = "Größe und Übermut. " * 10
    assert decode(text.encode() + b"\xff\xc3") == text + "\ufffd" * 2
    assert decode(text.encode()[:-1] + b"\xe4" + b"x") == text[:-1] + "\ufffdx"


def test_a_letter_far_behind_ascii_is_found():
    assert decode(b"plain words " * 100_000 + "Größe".encode("cp1252")).endswith("Größe")


def test_a_long_line_is_looked_at_in_part():
    text = "東京は日本の首都。" * 3000
    assert decode(text.encode("cp932")) == text
    assert decode(("x" * 5000 + " " + "Größe " * 2000).encode("cp1252")).endswith("Größe ")


def test_a_broken_letter_in_a_wide_charset_is_one_mark():
    text = "東京は日本の首都。\n" * 2000
    assert decode(text.encode("cp932") + b"\x81\n") == text + "\ufffd\n"


def test_random_bytes_are_not_text():
    chance = random.Random(4)
    assert [decode(chance.randbytes(400)) for _ in range(60)] == [None] * 60
    assert [decode_roughly(chance.randbytes(400)) for _ in range(60)] == [None] * 60


def test_what_nothing_fits_still_has_a_charset_and_always_the_same():
    chance = random.Random(5)
    for _ in range(30):
        data = bytes(chance.choice(range(0x80, 0x100)) for _ in range(40))
        assert guess_charset(data) == guess_charset(data)
        assert isinstance(decode(data), str)


def test_letters_and_marks_are_not_taken_apart():
    text = unicodedata.normalize("NFD", "Hà Nội là thủ đô của Việt Nam").replace("đ", "đ")
    data = text.encode("cp1258", errors="ignore")
    assert decode(data) == data.decode("cp1258")


def test_what_only_looks_like_japanese_mail_is_read_as_it_is():
    assert decode(b"\x1b$B\xff words") is not None
