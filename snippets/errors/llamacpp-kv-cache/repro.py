# /// script
# [tool.fourbit]
# timeout = 60
# ///
import resource
from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
_, most = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (16 << 30, most))
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
params.n_ctx = 8_000_000
params.fit_params = False
xllamacpp.Server(params)
