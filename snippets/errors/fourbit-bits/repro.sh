fourbit quantize tiny --bits 5 --out small
