from fourbit.tiny import MODEL

# --8<-- [start:fix]
from safetensors import safe_open

bad = {}
for path in MODEL.glob("*.safetensors"):
    with safe_open(path, "pt") as file:
        for name in file.keys():
            finite = file.get_tensor(name).isfinite()
            if not finite.all():
                bad[name] = int((~finite).sum())
print(bad or "all finite")
# --8<-- [end:fix]
# --8<-- [start:check]
assert not bad
# --8<-- [end:check]
