# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "no package brings llama-quantize"
# needs = ["llama-quantize"]
# ///
fourbit gguf tiny --type bf16 --out model.gguf
llama-quantize model.gguf model-iq2.gguf IQ2_XXS
