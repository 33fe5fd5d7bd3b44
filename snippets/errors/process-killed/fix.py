from fourbit.tiny import MODEL

# --8<-- [start:fix]
import psutil

files = MODEL.glob("*.safetensors")
weights = sum(file.stat().st_size for file in files)
free = psutil.virtual_memory().available
print(f"{weights / 1e9:.1f} GB needed, {free / 1e9:.1f} GB free")
# --8<-- [end:fix]
# --8<-- [start:check]
assert weights < 0.8 * free
# --8<-- [end:check]
