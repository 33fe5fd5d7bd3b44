from fourbit.tiny import MODEL as CHECKPOINT

# --8<-- [start:fix]
files = list(CHECKPOINT.glob("*.safetensors"))
names = [file.name.removesuffix(".safetensors") for file in files]
print("model_basename:", names)
# --8<-- [end:fix]
# --8<-- [start:check]
assert names == ["model"]  # the default: leave the argument out
# --8<-- [end:check]
