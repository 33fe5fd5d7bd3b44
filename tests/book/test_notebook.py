"""A lab notebook is its script, run; regenerating it gives the same bytes."""

import json

import pytest
from minibook import without_torch, write

from fourbit.book.notebook import check_lab, lab_notebook, split_cells
from fourbit.book.runner import Runner
from fourbit.book.snippets import load

LAB = """\
# /// script
# dependencies = ["numpy"]
# ///
# %% [markdown]
# # A lab
#
# Round *something*.
# %%
import numpy as np
w = np.round(np.float64(2.6))
print("rounded", w)
# --8<-- [start:x]
print("twice")
# --8<-- [end:x]
# %%
w / 4
# %%
w = None
w
"""


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    with Runner(without_torch(tmp_path_factory.mktemp("book"))) as runner:
        yield runner


@pytest.fixture
def lab(runner):
    def lab(text=LAB):
        write(runner.root, "snippets/03_gptq/lab.py", text)
        return load(runner.root / "snippets/03_gptq/lab.py", runner.root)

    return lab


def test_cells_are_split_at_their_marks():
    (markdown, code, *_) = split_cells(LAB)
    assert markdown == ("markdown", "# A lab\n\nRound *something*.")
    assert code[1].splitlines()[-1] == 'print("twice")' and "8<" not in code[1]


def test_update_writes_a_valid_notebook_with_its_outputs(runner, lab):
    nbformat = pytest.importorskip("nbformat")
    assert check_lab(runner, lab(), update=True) == []
    file = lab_notebook(lab())
    assert file == runner.root / "docs/learn/03-gptq-lab.ipynb"
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    first, second, third = (cell for cell in notebook.cells if cell.cell_type == "code")
    assert [(out.output_type, out.text) for out in first.outputs] == [("stream", "rounded 3.0\ntwice\n")]
    assert second.outputs[0].data == {"text/plain": "np.float64(0.75)"} and third.outputs == []
    assert [cell.id for cell in notebook.cells] == ["cell-01", "cell-02", "cell-03", "cell-04"]
    before = file.read_bytes()
    check_lab(runner, lab(), update=True)
    assert file.read_bytes() == before and check_lab(runner, lab()) == []


def test_a_notebook_that_its_script_no_longer_gives(runner, lab):
    check_lab(runner, lab(), update=True)
    (problem,) = map(str, check_lab(runner, lab(LAB.replace("w / 4", "w / 8"))))
    assert problem.startswith(
        "docs/learn/03-gptq-lab.ipynb:1: expected the notebook that snippets/03_gptq/lab.py gives, found another"
    )
    assert "np.float64(0.375)" in problem and problem.endswith("mend: fourbit check 03_gptq --update")
    tolerant = '# /// script\n# [tool.fourbit]\n# tolerance = 0.9\n# ///\n# %%\nprint(float("0.{}"))'
    check_lab(runner, lab(tolerant.format(1)), update=True)
    assert check_lab(runner, lab(tolerant.format(2))), "a changed source is never within the tolerance"
    lab_notebook(lab()).write_text("<<<<<<< ours")
    assert check_lab(runner, lab())
    lab_notebook(lab()).unlink()
    assert "found no such file" in str(check_lab(runner, lab())[0])


def test_a_cell_that_fails_and_a_lab_without_cells(runner, lab):
    (problem,) = map(str, check_lab(runner, lab("# %%\nx = 1\n# %%\nassert x == 2, 'no'"), update=True))
    assert "lab.py:1: expected cells that run in order, found exit code 1\n" in problem
    assert '<cell 2>", line 1' in problem and "runner.py" not in problem
    assert not lab_notebook(lab()).exists()
    assert "expected cells of code, each after a line `# %%`, found none" in str(
        check_lab(runner, lab("x = 1"))[0]
    )


def test_outputs_hide_what_differs_between_machines(runner, lab):
    check_lab(runner, lab("# %%\nimport os\nprint(os.getcwd())\n"), update=True)
    cell = json.loads(lab_notebook(lab()).read_text())["cells"][0]
    assert cell["outputs"][0]["text"] == [".\n"]
    lab_notebook(lab()).unlink()
