printf 'caf\xe9 au lait\n%.0s' $(seq 200) > notes.txt
# --8<-- [start:fix]
iconv -f LATIN1 -t UTF-8 notes.txt > utf8.txt
fourbit quantize tiny --calib utf8.txt --out small \
  --windows 2 --length 64 --no-gate
# --8<-- [end:fix]
# --8<-- [start:check]
grep "utf8.txt" small/fourbit.json
# --8<-- [end:check]
