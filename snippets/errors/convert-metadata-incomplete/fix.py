# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
from fourbit.tiny import MODEL

# --8<-- [start:fix]
for file in MODEL.glob("*.safetensors"):
    with open(file, "rb") as opened:
        pointer = opened.read(7) == b"version"
    print(file.name, file.stat().st_size, "pointer" * pointer)
    assert not pointer, "git lfs pull"
# --8<-- [end:fix]
# --8<-- [start:check]
from safetensors import safe_open

with safe_open(file, "pt") as opened:
    assert len(opened.keys()) > 0
# --8<-- [end:check]
