from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_Q8_0
kinds = xllamacpp.llama_flash_attn_type
params.flash_attn_type = kinds.LLAMA_FLASH_ATTN_TYPE_DISABLED
xllamacpp.Server(params)
