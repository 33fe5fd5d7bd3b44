from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
from jinja2 import Environment

text = "{% for one in messages %}{{ one.content }}{% endfor %}"
Environment().parse(text)  # says the line of a mistake
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
params.chat_template = text
params.use_jinja = True
server = xllamacpp.Server(params)
# --8<-- [end:fix]
# --8<-- [start:check]
message = {"role": "user", "content": "The"}
request = {"messages": [message], "max_tokens": 2}
assert "error" not in server.handle_chat_completions(request)
# --8<-- [end:check]
