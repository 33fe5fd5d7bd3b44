import os
from pathlib import Path

from fourbit.gguf import libllama
from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

os.environ["HOME"] = os.getcwd()
# --8<-- [start:fix]
path = Path("~/model.gguf").expanduser().resolve()
# --8<-- [end:fix]
convert(MODEL, path, "Q8_0")
# --8<-- [start:check]
assert path.is_file(), path
assert libllama.load().open_model(path)
# --8<-- [end:check]
