# --8<-- [start:fix]
fourbit gguf tiny --type q5_k_m --out model.gguf
# --8<-- [end:fix]
# --8<-- [start:check]
fourbit inspect model.gguf
# --8<-- [end:check]
