# /// script
# [tool.fourbit]
# timeout = 600
# tolerance = 0.05
# ///
cd "$(mktemp -d)"
# --8<-- [start:main]
fourbit quantize tiny --method awq --asymmetric --out tiny-awq
fourbit evaluate tiny-awq --against tiny --text docs
# --8<-- [end:main]
