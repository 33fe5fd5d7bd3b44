# --8<-- [start:fix]
fourbit quantize tiny --method rtn --out small \
  --windows 2 --length 64 --no-gate
# --8<-- [end:fix]
# --8<-- [start:check]
grep --after-context 8 quantization_config small/config.json
# --8<-- [end:check]
