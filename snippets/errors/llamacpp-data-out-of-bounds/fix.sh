fourbit gguf tiny --type q8_0 --out whole.gguf
split --bytes 2M whole.gguf model.gguf.part-
# --8<-- [start:fix]
cat model.gguf.part-* > model.gguf
# --8<-- [end:fix]
# --8<-- [start:check]
cmp model.gguf whole.gguf
fourbit inspect model.gguf
# --8<-- [end:check]
