import os

from datasets import load_dataset

os.makedirs("c4/en")
with open("c4/README.md", "w") as file:
    file.write("""---
configs:
- config_name: en
  data_files: en/*.json
---
""")
with open("c4/en/part-0.json", "w") as file:
    file.write('{"text": "some text"}\n')
files = {"train": "en/part-0.json"}
load_dataset("c4", "allenai--c4", data_files=files)
