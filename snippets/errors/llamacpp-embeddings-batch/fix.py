from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
params.embedding = True
kinds = xllamacpp.llama_pooling_type
params.pooling_type = kinds.LLAMA_POOLING_TYPE_MEAN
params.n_batch = params.n_ubatch = 512
server = xllamacpp.Server(params)
answer = server.handle_embeddings({"input": "the cat " * 100})
# --8<-- [end:fix]
# --8<-- [start:check]
assert len(answer["data"][0]["embedding"]) == 256
# --8<-- [end:check]
