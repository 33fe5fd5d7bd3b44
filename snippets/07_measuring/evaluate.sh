# /// script
# [tool.fourbit]
# timeout = 300
# tolerance = 0.05
# ///
cd "$(mktemp -d)"
# --8<-- [start:main]
fourbit quantize tiny --bits 4 --out tiny-4bit --json > quantize.json
fourbit evaluate tiny-4bit --against tiny --base-store tiny.base
# --8<-- [end:main]
