import logging
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.documents.analysis import languages
from apps.documents.analysis.languages import LANGUAGES, NOT_LATIN, STORED_LANGUAGES, Identifier, identify_all, stored_language

ENGLISH = "The lease may be ended by either side with three months' notice."
GERMAN = "Der Vertrag kann von beiden Seiten mit einer Frist von drei Monaten gekündigt werden."


@pytest.fixture(scope="module")
def identifier():
    return Identifier.open(settings.QUIRE_MODELS_DIR)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        (GERMAN, "de"),
        ("Le contrat peut être résilié par chacune des parties avec un préavis de trois mois.", "fr"),
        ("合同可由任何一方提前三个月通知终止。", "zh"),
        ("契約は3か月前の通知により終了できます。", "ja"),
        ("يجوز لأي من الطرفين إنهاء العقد بإشعار مدته ثلاثة أشهر.", "ar"),
        ("Договор может быть расторгнут любой из сторон за три месяца.", "ru"),
        ("अनुबंध को तीन महीने के नोटिस पर समाप्त किया जा सकता है।", "hi"),
    ],
)
def test_a_passage_tells_its_language(identifier, text, language):
    assert identifier.identify(text)[0] == language
    assert next(iter(identifier.probabilities(text))) == language


def test_what_says_little_is_in_the_language_of_the_rest(identifier):
    assert identify_all(identifier, [GERMAN, "A-113, 2026", GERMAN, ENGLISH]) == ["de", "de", "de", "en"]
    assert identify_all(identifier, ["12345", "--"]) == ["", ""]
    assert identify_all(identifier, []) == []


def test_how_likely_each_is_adds_up_to_one(identifier):
    for text in (ENGLISH, "budget", "", "123"):
        assert sum(identifier.probabilities(text).values()) == pytest.approx(1, abs=1e-3)


def test_only_languages_that_are_known_are_told(identifier):
    assert set(identifier.probabilities("what")) <= set(LANGUAGES)
    assert set(LANGUAGES) >= NOT_LATIN


def test_a_variety_is_stored_as_its_language_and_asked_for_as_that():
    assert {stored_language(code) for code in LANGUAGES} == set(STORED_LANGUAGES)
    assert [stored_language(code) for code in ("ms", "nn", "yue", "arz", "de", "xx")] == ["id", "no", "zh", "ar", "de", "xx"]
    assert not {"ms", "nn", "wuu", "yue", "arz", "ary"} & set(STORED_LANGUAGES)


@pytest.mark.slow
def test_the_tables_are_made_once_and_are_the_wheel_s(tmp_path, identifier):
    made = Identifier.open(tmp_path / "models")
    (folder,) = (tmp_path / "models").iterdir()
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    Identifier.open(tmp_path / "models")
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert made.probabilities(GERMAN) == identifier.probabilities(GERMAN)


@pytest.mark.slow
def test_where_no_file_can_be_written_the_tables_are_unpacked_in_memory(tmp_path, identifier, caplog):
    blocked = tmp_path / "models"
    blocked.write_text("no folder")
    with caplog.at_level(logging.WARNING):
        unpacked = Identifier.open(blocked)
    assert "languages.not_mapped" in caplog.text
    assert unpacked.identify(GERMAN) == identifier.identify(GERMAN)


@pytest.mark.slow
def test_a_builder_that_is_stopped_leaves_nothing_half_made(tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(languages.shutil, "rmtree", shutil.rmtree)
    with monkeypatch.context() as patch:
        patch.setattr("numpy.save", stop)
        with pytest.raises(KeyboardInterrupt):
            Identifier.open(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert Identifier.open(tmp_path).identify(ENGLISH)[0] == "en"


def test_a_command_unpacks_them_ahead_and_says_what_to_do_where_it_cannot(tmp_path, monkeypatch):
    said = StringIO()
    monkeypatch.setattr(settings, "QUIRE_MODELS_DIR", tmp_path / "models")
    call_command("build_languages", stdout=said)
    assert len(list(Path(said.getvalue().strip()).glob("*.npy"))) == 6
    (tmp_path / "a file").write_text("")
    monkeypatch.setattr(settings, "QUIRE_MODELS_DIR", tmp_path / "a file")
    with pytest.raises(CommandError, match="Set QUIRE_MODELS_DIR"):
        call_command("build_languages")
