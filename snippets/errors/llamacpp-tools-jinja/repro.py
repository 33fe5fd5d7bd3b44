from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
params.use_jinja = False
server = xllamacpp.Server(params)
tool = {"type": "function", "function": {"name": "f"}}
message = {"role": "user", "content": "hello"}
request = {"messages": [message], "tools": [tool]}
server.handle_chat_completions(request)
