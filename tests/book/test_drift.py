"""The table of what no longer works fails when one of its rows is no longer true."""

import json

import pytest

from fourbit.book.drift import prove

ROW = "pot 1.0 -\n{old}\n{new}"


def test_a_row_has_the_error_of_the_old_call(capsys):
    prove("pot 1.0 teapot\nprint(pot['tea'])\nprint(1)\n\n" + ROW.format(old="no", new="pot"), {"pot": {}})
    assert json.loads(capsys.readouterr().out)["rows"] == [
        {
            "old": "`print(pot['tea'])`",
            "last": "pot 1.0",
            "now": "`KeyError: tea`",
            "new": "`print(1)`",
            "entry": "[teapot](errors/teapot.md)",
        },
        {
            "old": "`no`",
            "last": "pot 1.0",
            "now": "`NameError: name 'no' is not defined`",
            "new": "`pot`",
            "entry": "",
        },
    ]


@pytest.mark.parametrize(
    "old, new, told", [("1", "1", "works again: 1"), ("no", "neither", "neither: NameError")]
)
def test_a_row_that_is_not_true_fails(old, new, told):
    with pytest.raises(AssertionError, match=told):
        prove(ROW.format(old=old, new=new))


def test_a_long_error_is_cut(capsys):
    prove(ROW.format(old="raise ValueError('x' * 500)", new="1"))
    assert len(json.loads(capsys.readouterr().out)["rows"][0]["now"]) == 103
