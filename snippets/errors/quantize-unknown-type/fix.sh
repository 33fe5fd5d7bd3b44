# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "no package brings llama-quantize"
# needs = ["llama-quantize"]
# ///
fourbit gguf tiny --type bf16 --out model.gguf
# --8<-- [start:fix]
llama-quantize --tensor-type ffn_down=q6_k \
  model.gguf model-q4.gguf Q4_K_M
# --8<-- [end:fix]
# --8<-- [start:check]
fourbit inspect model-q4.gguf
# --8<-- [end:check]
