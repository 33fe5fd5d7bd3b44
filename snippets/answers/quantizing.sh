# /// script
# [tool.fourbit]
# timeout = 60
# ///
# --8<-- [start:main]
fourbit vram llama-3.1-8b --runtime quantize --quant gptq \
  --context 2048
# --8<-- [end:main]
