# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "no package brings llama-quantize"
# needs = ["llama-quantize"]
# ///
fourbit gguf tiny --type bf16 --out model.gguf
# --8<-- [start:fix]
mkdir --parents out && df --human-readable out
llama-quantize model.gguf out/model-q4.gguf Q4_K_M
# --8<-- [end:fix]
# --8<-- [start:check]
fourbit inspect out/model-q4.gguf
# --8<-- [end:check]
