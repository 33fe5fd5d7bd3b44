import os

from datasets import load_dataset

os.makedirs("corpus")
with open("corpus/README.md", "w") as file:
    file.write("""---
configs:
- config_name: en
  data_files: en.txt
- config_name: de
  data_files: de.txt
---
""")
for name in ("en", "de"):
    with open(f"corpus/{name}.txt", "w") as file:
        file.write("one\ntwo\n")
# --8<-- [start:fix]
rows = load_dataset("corpus", "en", split="train")
# --8<-- [end:fix]
# --8<-- [start:check]
assert rows["text"][:] == ["one", "two"]
# --8<-- [end:check]
