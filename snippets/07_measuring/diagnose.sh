# /// script
# [tool.fourbit]
# timeout = 300
# tolerance = 0.05
# ///
export OMP_NUM_THREADS=1 # sums in another order make another 3-bit model, and other items flip
cd "$(mktemp -d)"
# --8<-- [start:main]
fourbit quantize tiny --bits 3 --calib docs --out tiny-3bit --json > q.json
fourbit diagnose tiny-3bit --against tiny --text code --items 200 \
  --tokens 4096
# --8<-- [end:main]
