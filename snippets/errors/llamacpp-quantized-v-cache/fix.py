from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
params.cache_type_k = xllamacpp.ggml_type.GGML_TYPE_Q8_0
params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_Q8_0
kinds = xllamacpp.llama_flash_attn_type
params.flash_attn_type = kinds.LLAMA_FLASH_ATTN_TYPE_ENABLED
server = xllamacpp.Server(params)
# --8<-- [end:fix]
# --8<-- [start:check]
request = {"prompt": "The", "max_tokens": 2}
assert "error" not in server.handle_completions(request)
# --8<-- [end:check]
