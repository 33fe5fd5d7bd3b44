printf 'caf\xe9 au lait\n' > notes.txt
fourbit quantize tiny --calib notes.txt --out small
