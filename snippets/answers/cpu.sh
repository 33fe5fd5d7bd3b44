# /// script
# [tool.fourbit]
# timeout = 60
# ///
# --8<-- [start:main]
fourbit vram qwen3-30b-a3b --quant Q4_K_M --ram 32
# --8<-- [end:main]
