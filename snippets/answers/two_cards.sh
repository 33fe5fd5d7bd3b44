# /// script
# [tool.fourbit]
# timeout = 60
# ///
# --8<-- [start:main]
fourbit vram llama-3.3-70b --quant Q4_K_M --gpu "2 x RTX 3090"
# --8<-- [end:main]
