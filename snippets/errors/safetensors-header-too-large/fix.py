import shutil

from fourbit.tiny import MODEL

shutil.copy(MODEL / "model.safetensors", "model.safetensors")
# --8<-- [start:fix]
from pathlib import Path

file = Path("model.safetensors")
print(file.stat().st_size, file.read_bytes()[:40])
# --8<-- [end:fix]
# --8<-- [start:check]
from safetensors import safe_open

with safe_open(file, "pt") as weights:
    assert list(weights.keys())
# --8<-- [end:check]
