# --8<-- [start:fix]
fourbit quantize tiny --group-size 64 --dry-run --out small > plan.txt
# --8<-- [end:fix]
# --8<-- [start:check]
grep "quantized" plan.txt
# --8<-- [end:check]
