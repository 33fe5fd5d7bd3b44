# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "no package brings llama-quantize"
# needs = ["llama-quantize"]
# ///
fourbit gguf tiny --type q8_0 --out model-q8.gguf
llama-quantize model-q8.gguf model-q4.gguf Q4_K_M
