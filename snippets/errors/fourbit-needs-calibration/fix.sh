# --8<-- [start:fix]
fourbit gguf tiny --type iq2_xxs --calib docs --out model.gguf
# --8<-- [end:fix]
# --8<-- [start:check]
fourbit inspect model.gguf
# --8<-- [end:check]
