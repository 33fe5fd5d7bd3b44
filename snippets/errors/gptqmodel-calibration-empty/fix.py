lines = ["The river rises in the hills and runs to the sea."] * 8
# --8<-- [start:fix]
texts = [line for line in lines if len(line) > 20]
print(len(texts), "texts")
# --8<-- [end:fix]
# --8<-- [start:check]
assert texts
# --8<-- [end:check]
