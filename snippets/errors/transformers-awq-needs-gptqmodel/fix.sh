fourbit quantize tiny --method awq --windows 2 --length 64 \
  --no-gate --out small
# --8<-- [start:fix]
fourbit gguf small --type lossless --out model.gguf
# --8<-- [end:fix]
# --8<-- [start:check]
fourbit inspect model.gguf
# --8<-- [end:check]
