"""What ages a recorded result, and what does not."""

import pytest

from fourbit.book.essence import essence

CODE = '''"""A module."""

import json

def half(x):
    """x / 2."""
    if x < 0:  # roots follow
        raise ValueError(
            f"{x} is negative"
        )
    name = "# not a comment"
    return x / 2
'''


@pytest.mark.parametrize(
    "before, after",
    [
        ('"""A module."""', '"""Another\ntext."""'),
        ("# roots follow", "# see below"),
        ('f"{x} is negative"\n', 'f"{x} is negative; "\n            "give its absolute value"\n'),
        ("import json\n\n", "import json\n\n\n"),
        ('"""x / 2."""', '"""Half of it.\n\n    x  a number\n    """'),
    ],
)
def test_words_do_not(before, after):
    assert before in CODE
    assert essence(CODE.replace(before, after)) == essence(CODE)


@pytest.mark.parametrize(
    "before, after",
    [
        ("x / 2\n", "x / 3\n"),
        ("x < 0", "x <= 0"),
        ("# not a comment", "# a comment"),
        ("ValueError", "TypeError"),
        ("import json", "import math"),
    ],
)
def test_code_does(before, after):
    assert before in CODE
    assert essence(CODE.replace(before, after)) != essence(CODE)
