# --8<-- [start:fix]
fourbit quantize tiny --method awq --out awq \
  --windows 2 --length 64 --no-gate
# --8<-- [end:fix]
# --8<-- [start:check]
grep --after-context 8 quantization_config awq/config.json
# --8<-- [end:check]
