# /// script
# [tool.fourbit]
# timeout = 60
# ///
# --8<-- [start:main]
fourbit vram llama-3.3-70b --quant Q4_K_M --gpu m4-max-40-64gb
# --8<-- [end:main]
