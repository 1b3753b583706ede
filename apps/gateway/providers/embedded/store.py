"""The built model as files: made once, complete or not there at all, shared by every process.

A build happens in a folder of its own and becomes visible by one rename, so two builders at once, or one that is
killed, leave nothing half done. The folder's name carries what it was made of: a new version is built beside the old.
"""

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from apps.gateway.errors import ModelNotBuilt
from apps.gateway.providers.embedded import NAME
from apps.gateway.providers.embedded.graph import build_graph
from apps.gateway.providers.embedded.weights import SHA256, load_weights, wheel_folder

# Raised by hand whenever the built files have to change for the same weights.
VERSION = 2
GRAPH, WEIGHTS, TOKENIZER = "model.onnx", "weights.bin", "tokenizer.json"
_INLINE_BYTES = 1024

logger = logging.getLogger(__name__)


def model_folder(models_dir: Path, *, is_int8: bool) -> Path:
    fingerprint = hashlib.sha256(f"{SHA256}/{VERSION}".encode()).hexdigest()[:12]
    return models_dir / f"{NAME}-{'int8' if is_int8 else 'fp32'}-{fingerprint}"


def ensure_model(models_dir: Path, *, is_int8: bool = False) -> Path:
    """The folder of the built model; builds it if it is not there. Raises ModelNotBuilt where it cannot be made."""
    folder = model_folder(models_dir, is_int8=is_int8)
    if folder.is_dir():
        return folder
    try:
        _build(folder, is_int8=is_int8)
    except ImportError as error:
        raise ModelNotBuilt(
            f"The embedded model is not in {models_dir} and {error.name} to build it with is not installed. "
            "Run `manage.py build_embedder` where requirements/local.txt is installed, or set QUIRE_MODELS_DIR to a folder that has it."
        ) from error
    except OSError as error:
        raise ModelNotBuilt(
            f"The embedded model cannot be written to {models_dir}: {error.strerror}. Make the folder writable, or set QUIRE_MODELS_DIR."
        ) from error
    return folder


def _build(folder: Path, *, is_int8: bool) -> None:
    source = wheel_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _write_model(build_graph(load_weights(source / "model.safetensors")), scratch, is_int8=is_int8)
        shutil.copyfile(source / TOKENIZER, scratch / TOKENIZER)
        _open_for_reading(scratch)
        _publish(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    logger.info("gateway.embedder_built", extra={"model": folder.name})


def _write_model(model: Any, folder: Path, *, is_int8: bool) -> None:
    import onnx

    if is_int8:
        model = _quantize(model, folder)
    # Weights in a file of their own are mapped, not read: processes share them and only touched pages are resident.
    onnx.save_model(model, folder / GRAPH, save_as_external_data=True, all_tensors_to_one_file=True, location=WEIGHTS, size_threshold=_INLINE_BYTES)


def _quantize(model: Any, folder: Path) -> Any:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    path = folder / "quantized.onnx"
    operators = ["MatMul", "Attention"]
    # The quantiser cannot infer types behind fused operators, so it is told that all of them are float.
    options = {"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT}
    with _silent_root_logger():
        # Seven bits a weight: with eight, sums overflow on processors without instructions of their own for this (AVX2), and
        # the same text would have another vector there.
        quantize_dynamic(model, path, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True, op_types_to_quantize=operators, extra_options=options)
    quantized = onnx.load(path)
    path.unlink()
    return quantized


@contextmanager
def _silent_root_logger() -> Iterator[None]:
    """The quantiser warns on the root logger about what is meant here."""
    root = logging.getLogger()
    root.addFilter(_drop)
    try:
        yield
    finally:
        root.removeFilter(_drop)


def _drop(record: logging.LogRecord) -> bool:
    return False


def _open_for_reading(folder: Path) -> None:
    """An image is built by one user and run by another; nothing here is secret."""
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o644)


def _publish(scratch: Path, folder: Path) -> None:
    try:
        scratch.rename(folder)
    except OSError:
        # Somebody else was first: theirs is as good as ours.
        if not folder.is_dir():
            raise
