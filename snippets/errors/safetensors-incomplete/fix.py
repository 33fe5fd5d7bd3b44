import shutil
from pathlib import Path

from fourbit.tiny import MODEL

shutil.copy(MODEL / "model.safetensors", "model.safetensors")
# --8<-- [start:fix]
import json


def size_needed(path):
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    ends = [one["data_offsets"][1] for one in header.values()]
    return 8 + length + max(ends)
    # --8<-- [end:fix]


# --8<-- [start:check]
file = Path("model.safetensors")
assert file.stat().st_size == size_needed(file)
# --8<-- [end:check]
