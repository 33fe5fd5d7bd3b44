from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
# params.mmproj.path = "mmproj-model-f16.gguf"
server = xllamacpp.Server(params)
text = {"type": "text", "text": "What is in the picture?"}
message = {"role": "user", "content": [text]}
request = {"messages": [message], "max_tokens": 4}
answer = server.handle_chat_completions(request)
# --8<-- [end:fix]
# --8<-- [start:check]
assert "error" not in answer
# --8<-- [end:check]
