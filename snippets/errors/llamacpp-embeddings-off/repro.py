from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
server = xllamacpp.Server(params)
answer = server.handle_embeddings({"input": "hello"})
raise SystemExit(str(answer["error"]))
