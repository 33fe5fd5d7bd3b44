# /// script
# [tool.fourbit]
# timeout = 300
# tolerance = 0.05
# ///
cd "$(mktemp -d)"
# --8<-- [start:main]
fourbit quantize tiny --bits 4 --group-size 64 --out tiny-4bit
fourbit evaluate tiny-4bit --against tiny --text docs
# --8<-- [end:main]
