from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
params.n_ctx = 512  # -c
params.n_parallel = 1  # -np
server = xllamacpp.Server(params)
request = {"prompt": "the cat " * 100, "max_tokens": 4}
answer = server.handle_completions(request)
# --8<-- [end:fix]
# --8<-- [start:check]
assert "error" not in answer
assert answer["usage"]["prompt_tokens"] > 256
# --8<-- [end:check]
