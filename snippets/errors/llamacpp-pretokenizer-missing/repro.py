from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
file = Path("model.gguf")
data = file.read_bytes().replace(
    b"tokenizer.ggml.pre", b"tokenizer.ggml.ere"
)
file.write_bytes(data)
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
server = xllamacpp.Server(params)
server.handle_completions({"prompt": "The", "max_tokens": 2})
