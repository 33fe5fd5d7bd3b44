"""Exercise: a set from the SQL files of a folder, checked."""

import json

# --8<-- [start:main]
import random
import tempfile
from pathlib import Path

import numpy as np

from fourbit import calibration, tiny
from fourbit.engine import models


def sql_set(files, tokenizer, n=128, length=2048, widest=None):
    found = calibration.build(files, tokenizer, n, length)
    rows = found.windows
    assert rows.shape == (n, length), f"only {len(rows)} windows"
    assert len(np.unique(rows, axis=0)) == n, "a window twice"
    end = rows == tokenizer.eos_token_id  # stands between documents
    assert not (end[:, 1:] & end[:, :-1]).any(), "padding"
    assert widest is None or rows.size >= 8 * widest, "too few tokens"
    return found


# --8<-- [end:main]
def query():
    table, key, *columns = random.sample(words, 6)
    return (
        f"SELECT {', '.join(columns)} FROM {table} WHERE {key} > "
        f"{random.randint(0, 999)} ORDER BY {random.choice(columns)};"
    )


random.seed(0)
words = sorted(set(tiny.text("legal").lower().split()))
words = [word for word in words if word.isalpha()]
tokenizer = models.load_tokenizer(tiny.MODEL)
with tempfile.TemporaryDirectory() as folder:
    texts = ["\n".join(query() for _ in range(60)) for _ in range(30)]
    texts.append(texts[0])  # a copy
    texts.append(texts[1].replace("SELECT", "SELECT DISTINCT", 3))
    for number, text in enumerate(texts):
        Path(folder, f"{number}.sql").write_text(text)
    found = sql_set(f"{folder}/*.sql", tokenizer, 32, 512, widest=768)
    try:  # all that is here is not enough for the full size
        sql_set(f"{folder}/*.sql", tokenizer)
    except AssertionError as short:
        print("128 windows of 2,048 tokens:", short)

(part,) = found.parts
assert (part.exact_duplicates, part.near_duplicates) == (1, 1)
print(f"{found.windows.size:,} tokens of {part.tokens:,}", end=", ")
print(f"copies dropped: {part.exact_duplicates} and", end=" ")
print(f"{part.near_duplicates} near")
result = {"tokens": found.windows.size, "seen": part.tokens}
print(json.dumps(result | {"documents": part.documents}))
