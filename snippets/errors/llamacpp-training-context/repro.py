from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
params.n_ctx = 4096  # it was trained with 512
server = xllamacpp.Server(params)
server.handle_completions({"prompt": "The", "max_tokens": 2})
