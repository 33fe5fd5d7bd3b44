fourbit quantize my-model --out small
