# --8<-- [start:fix]
hf download --help > help.txt
# --8<-- [end:fix]
# --8<-- [start:check]
grep -- --local-dir help.txt
# --8<-- [end:check]
