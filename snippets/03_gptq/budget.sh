# /// script
# [tool.fourbit]
# timeout = 600
# tolerance = 0.05
# ///
cd "$(mktemp -d)"
# --8<-- [start:main]
fourbit quantize tiny --budget 3.5bpw --windows 16 --out mixed
# --8<-- [end:main]
