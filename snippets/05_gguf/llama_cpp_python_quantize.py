# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "on PyPI it is source only: half an hour of compiling"
# api = ["llama-cpp-python==0.3.36"]
# ///
"""llama-quantize from Python."""

# --8<-- [start:main]
import ctypes

import llama_cpp

params = llama_cpp.llama_model_quantize_default_params()
params.ftype = 15  # LLAMA_FTYPE_MOSTLY_Q4_K_M
params.nthread = 4
failed = llama_cpp.llama_model_quantize(
    b"smollm2-f16.gguf", b"smollm2-q4_k_m.gguf", ctypes.byref(params)
)
assert not failed
# --8<-- [end:main]
