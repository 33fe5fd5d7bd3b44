# --8<-- [start:fix]
fourbit gguf tiny --type q8_0 --out model.gguf
# --8<-- [end:fix]
# --8<-- [start:check]
test "$(head -c 4 model.gguf)" = GGUF
fourbit inspect model.gguf
# --8<-- [end:check]
