# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
# --8<-- [start:fix]
import json

from fourbit.tiny import MODEL

tokenizer = json.loads((MODEL / "tokenizer.json").read_text())
model = tokenizer["model"]
model["merges"] = [" ".join(pair) for pair in model["merges"]]
with open("tokenizer.json", "w") as file:
    json.dump(tokenizer, file)
# --8<-- [end:fix]
# --8<-- [start:check]
from tokenizers import Tokenizer

assert Tokenizer.from_file("tokenizer.json").encode("Hello").ids
# --8<-- [end:check]
