# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "takes minutes on a real model; tests of the command run it on tiny"
# ///
# --8<-- [start:main]
fourbit gguf MODEL --type q4_k_m --calib docs --out model.gguf
fourbit gguf MODEL --type q4_k_m --method gptq --calib docs \
  --out model-gptq.gguf
# --8<-- [end:main]
