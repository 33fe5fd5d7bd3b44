from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
params.chat_template = "{% for one in messages %}{{ one.content }"
params.use_jinja = True
xllamacpp.Server(params)
