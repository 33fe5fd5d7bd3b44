# /// script
# [tool.fourbit]
# timeout = 300
# ///
cd "$(mktemp -d)"
fourbit gguf tiny --type q4_k_m --out tiny.gguf >tiny.txt
# --8<-- [start:main]
fourbit inspect tiny.gguf
# --8<-- [end:main]
