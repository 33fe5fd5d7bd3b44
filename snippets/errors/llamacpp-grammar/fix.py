from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
server = xllamacpp.Server(params)
grammar = 'root ::= ("yes" | "no")'
request = {"prompt": "Is it?", "grammar": grammar}
answer = server.handle_completions(request | {"max_tokens": 8})
# --8<-- [end:fix]
# --8<-- [start:check]
assert answer["choices"][0]["text"] in ("yes", "no")
# --8<-- [end:check]
