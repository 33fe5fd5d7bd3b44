# /// script
# [tool.fourbit]
# timeout = 60
# ///
# --8<-- [start:main]
fourbit vram qwen3-14b --quant Q4_K_M --gpu "GeForce RTX 4060" \
  --ram 32 --context 4096
# --8<-- [end:main]
