# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "no package brings llama-quantize"
# needs = ["llama-quantize"]
# ///
# --8<-- [start:fix]
fourbit gguf tiny --type bf16 --out model.gguf
fourbit gguf tiny --type q8_0 --out other.gguf \
  --calib docs --save-imatrix imatrix.gguf
llama-quantize --imatrix imatrix.gguf \
  model.gguf model-iq2.gguf IQ2_XXS
# --8<-- [end:fix]
# --8<-- [start:check]
fourbit inspect model-iq2.gguf
# --8<-- [end:check]
