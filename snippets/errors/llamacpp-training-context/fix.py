from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
from fourbit.gguf import header

found = header.read(Path("model.gguf")).metadata
trained = found[f"{found['general.architecture']}.context_length"]
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
params.n_ctx = min(4096, trained)
# --8<-- [end:fix]
# --8<-- [start:check]
server = xllamacpp.Server(params)
request = {"prompt": "The", "max_tokens": 2}
assert "error" not in server.handle_completions(request)
assert params.n_ctx == 512
# --8<-- [end:check]
