from pathlib import Path

import gguf

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

Path("model.gguf").write_text("version https://git-lfs.github.com")
convert(MODEL, Path("again.gguf"), "Q8_0")


# --8<-- [start:fix]
def what_is(file):
    start = Path(file).read_bytes()[:64].lstrip()
    if start.startswith(b"GGUF"):
        return "a GGUF model"
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer: git lfs pull"
    if start.startswith((b"<!", b"<html", b"{")):
        return "a web page: use hf download or a /resolve/ link"
    return "something else"


print(what_is("model.gguf"))
# --8<-- [end:fix]
assert what_is("model.gguf").startswith("a Git LFS pointer")
# --8<-- [start:check]
reader = gguf.GGUFReader("again.gguf")
assert what_is("again.gguf") == "a GGUF model" and reader.tensors
# --8<-- [end:check]
