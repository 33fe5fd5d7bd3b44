from pathlib import Path

for number in (1, 2):
    Path(f"model-0000{number}-of-00002.gguf").touch()
# --8<-- [start:fix]
first = next(Path().glob("model-00001-of-*.gguf"))
# --8<-- [end:fix]
# --8<-- [start:check]
assert first.name == "model-00001-of-00002.gguf"
# --8<-- [end:check]
