from pathlib import Path

for number in (1, 2, 3):
    Path(f"model-0000{number}-of-00003.gguf").touch()
# --8<-- [start:fix]
import re

first = Path("model-00001-of-00003.gguf")
start, parts = re.fullmatch(
    r"(.+)-00001-of-(\d{5})\.gguf", first.name
).groups()
wanted = [
    first.with_name(f"{start}-{number:05}-of-{parts}.gguf")
    for number in range(1, int(parts) + 1)
]
missing = [file.name for file in wanted if not file.exists()]
print("missing:", *missing)
# --8<-- [end:fix]
# --8<-- [start:check]
assert len(wanted) == 3 and not missing
# --8<-- [end:check]
