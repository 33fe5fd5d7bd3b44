# /// script
# [tool.fourbit]
# timeout = 60
# ///
# --8<-- [start:main]
fourbit vram llama-3.1-8b --quant Q4_K_M --gpu "RTX 3090"
# --8<-- [end:main]
