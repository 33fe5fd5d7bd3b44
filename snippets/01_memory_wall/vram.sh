# --8<-- [start:main]
fourbit vram llama-3.1-8b --quant Q4_K_M --gpu "M3 Pro 36GB" \
  --context 256 | grep speed
# --8<-- [end:main]
