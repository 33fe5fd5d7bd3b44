from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
params.use_jinja = True
server = xllamacpp.Server(params)
tool = {"type": "function", "function": {"name": "f"}}
message = {"role": "user", "content": "hello"}
request = {"messages": [message], "tools": [tool]}
answer = server.handle_chat_completions(request | {"max_tokens": 4})
# --8<-- [end:fix]
# --8<-- [start:check]
assert "error" not in answer, answer["error"]
# --8<-- [end:check]
