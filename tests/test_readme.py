"""The README's blocks are run, and so are the examples in docstrings."""

import ast
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from pytest_examples import CodeExample, EvalExample, find_examples

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"^```bash\n(.*?)^```$", README, re.M | re.S) for line in block.splitlines()
]


def python_blocks() -> list[CodeExample]:
    return list(find_examples(ROOT / "README.md"))


def test_every_block_is_collected():
    assert len(python_blocks()) == len(re.findall(r"^```python$", README, re.M)) == 1
    assert "make site" in COMMANDS and "make test" in COMMANDS


@pytest.mark.parametrize("example", python_blocks(), ids=str)
def test_python_blocks(example: CodeExample, eval_example: EvalExample):
    eval_example.set_config(line_length=110)
    if eval_example.update_examples:
        eval_example.run_print_update(example)
    else:
        eval_example.run_print_check(example)


def _has_example(path: Path) -> bool:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return any(">>>" in (ast.get_docstring(node) or "") for node in nodes if isinstance(node, documented))


def test_docstring_examples():
    """Doctests of the package, and that each example in a docstring is one."""
    import doctest
    import importlib

    modules = [p for p in (ROOT / "src" / "fourbit").rglob("*.py") if _has_example(p)]
    assert modules
    for path in modules:
        name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        result = doctest.testmod(importlib.import_module(name))
        assert result.attempted and not result.failed, name


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("make ")])
def test_make_targets_exist(command):
    assert subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True).returncode == 0


def test_fourbit_commands_run(tmp_path, fourbit):
    for command in (c for c in COMMANDS if c.startswith("fourbit ")):
        done = fourbit(*shlex.split(command)[1:], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "my-model-4bit" / "quantize_config.json").is_file()
