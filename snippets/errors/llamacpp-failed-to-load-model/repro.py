from pathlib import Path

import xllamacpp

Path("model.gguf").write_bytes(b"GGUF" + bytes(400))
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
xllamacpp.Server(params)
