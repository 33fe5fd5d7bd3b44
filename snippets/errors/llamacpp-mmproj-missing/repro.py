from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
server = xllamacpp.Server(params)
image = {"type": "image_url", "image_url": {"url": "data:,"}}
message = {"role": "user", "content": [image]}
server.handle_chat_completions({"messages": [message]})
