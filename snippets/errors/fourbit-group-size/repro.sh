fourbit quantize tiny --group-size 100 --out small
