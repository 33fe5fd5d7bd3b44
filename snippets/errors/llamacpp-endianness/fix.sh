fourbit gguf tiny --type f16 --out model.gguf
echo YES | gguf-convert-endian model.gguf big > log
# --8<-- [start:fix]
echo YES | gguf-convert-endian model.gguf little > log
# --8<-- [end:fix]
# --8<-- [start:check]
fourbit inspect model.gguf
# --8<-- [end:check]
