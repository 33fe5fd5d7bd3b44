from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
params.n_ctx, params.n_parallel = 256, 1
server = xllamacpp.Server(params)
answer = server.handle_completions({"prompt": "the cat " * 400})
raise SystemExit(str(answer["error"]))
