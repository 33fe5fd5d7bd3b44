# /// script
# [tool.fourbit]
# timeout = 60
# ///
# --8<-- [start:main]
fourbit vram qwen3-30b-a3b --quant Q4_K_M --gpu 12GB@360 --ram 32
# --8<-- [end:main]
