from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
server = xllamacpp.Server(params)
grammar = 'root ::= ("yes" | "no"'
request = {"prompt": "Is it?", "grammar": grammar}
answer = server.handle_completions(request)
raise SystemExit(str(answer["error"]))
