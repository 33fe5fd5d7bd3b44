fourbit quantize acme/model --out small
