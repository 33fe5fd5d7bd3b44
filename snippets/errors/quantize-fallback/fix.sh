# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "no package brings llama-quantize"
# needs = ["llama-quantize"]
# ///
fourbit gguf tiny --type bf16 --out model.gguf
# --8<-- [start:fix]
llama-quantize model.gguf model-iq4.gguf IQ4_NL
# --8<-- [end:fix]
# --8<-- [start:check]
fourbit inspect model-iq4.gguf
# --8<-- [end:check]
