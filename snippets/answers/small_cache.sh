# /// script
# [tool.fourbit]
# timeout = 60
# ///
# --8<-- [start:main]
fourbit vram llama-3.1-8b --quant Q4_K_M --gpu 8GB \
  --context 32768 --cache q8_0
# --8<-- [end:main]
