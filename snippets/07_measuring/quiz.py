# /// script
# [tool.fourbit]
# tolerance = 0.02
# timeout = 120
# ///
"""Two tasks from any text, the same items for both models."""

import json

# --8<-- [start:main]
from bits import rounded  # as above

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models, tasks

path = models.find("tiny")
tokenizer, base = models.load_tokenizer(path), models.load(path)
text = tiny.text("docs")
quizzes = {
    "choice of 4": tasks.multiple_choice(
        tokenize(tokenizer, text), 300
    ),
    "repeated word": tasks.continuation(tokenizer, text, 300),
}
model = rounded(path, 3)
rows = []
for name, items in quizzes.items():
    before, after = (
        tasks.answer(base, items),
        tasks.answer(model, items),
    )
    found = tasks.compare(before, after)
    row = {"task": name} | found.as_dict()
    row["noise"] = (
        1.96 * (found.base * (1 - found.base) / found.items) ** 0.5
    )
    rows.append(row)
    print(
        "{task:13} {base:.1%} to {model:.1%}: {lost} lost,"
        " {gained} gained, p {p_value:.3f}".format(**row)
    )
# --8<-- [end:main]

item = quizzes["choice of 4"][7]
print(
    json.dumps({"rows": rows, "item": tokenizer.decode(item.context)})
)
