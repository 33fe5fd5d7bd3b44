# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "no package brings llama-quantize"
# needs = ["llama-quantize"]
# ///
# --8<-- [start:fix]
fourbit gguf tiny --type bf16 --out model.gguf
llama-quantize model.gguf model-q4.gguf Q4_K_M
# --8<-- [end:fix]
# --8<-- [start:check]
fourbit inspect model-q4.gguf
# --8<-- [end:check]
