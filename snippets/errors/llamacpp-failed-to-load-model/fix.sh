head --bytes 400 /dev/zero > model.gguf
# --8<-- [start:fix]
fourbit inspect model.gguf 2> reason.txt || cat reason.txt
# --8<-- [end:fix]
# --8<-- [start:check]
test -s reason.txt
# --8<-- [end:check]
