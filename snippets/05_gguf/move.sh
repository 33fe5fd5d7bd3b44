# /// script
# [tool.fourbit]
# timeout = 300
# ///
cd "$(mktemp -d)"
fourbit quantize tiny --effort fast --windows 8 --out tiny-gptq >log.txt
# --8<-- [start:main]
fourbit gguf tiny-gptq --type lossless --out tiny.gguf
# --8<-- [end:main]
