"""What runs in a reader's browser: chosen by imports, packed the same each time, run as tests run it."""

import io
import subprocess
import sys
import zipfile

import pytest
from minibook import render

from fourbit.book import browser, inpage
from fourbit.book.snippets import discover, load

SNIPPET = """\
import json
from beside import seven

# --8<-- [start:one]
x = seven
print("x is", x)
# --8<-- [end:one]

if True:
    # --8<-- [start:two]
    y = x + 1
    assert y == 8, "one more"
    # --8<-- [end:two]
print(json.dumps({"y": y}))
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Runs a text as the file snippets/a/b.py of an empty book; returns (what went wrong, output)."""
    folder = tmp_path / "snippets" / "a"
    folder.mkdir(parents=True)
    (folder / "beside.py").write_text("seven = 7\n")
    monkeypatch.chdir(tmp_path)

    def run(text, *edits):
        printed = []
        found = inpage.run(text, "snippets/a/b.py", edits, lambda kind, part: printed.append((kind, part)))
        return found, "".join(part for kind, part in printed if kind == "out")

    return run


def test_snippets_are_chosen_by_what_they_import(root):
    def why(name):
        return browser.obstacle(load(root / "snippets" / name, root))

    assert why("03_gptq/obs_sign.py") is None
    assert why("01_memory_wall/batch.py") is None  # imports the module beside it, and fourbit.vram
    assert "torch" in why("03_gptq/real_layer.py")
    assert "which imports" in why("03_gptq/first_principles.py")  # fourbit.tiny.layer, and it PyTorch
    assert why("02_formats/levels.py") and "libgguf" in why("02_formats/q4_0.py")
    assert why("10_kv_cache/storage.py") == "reads or writes files"
    assert why("explorer/methods.py") == "imports read, which reads files"
    assert "not run by tests" in why("03_gptq/vllm_batch.py")
    assert why("03_gptq/quantize.sh")


def test_the_archive_is_the_same_each_time_and_holds_what_runs(root, tmp_path):
    packed = browser.archive(root)
    assert packed == browser.archive(root)
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        names = files.namelist()
        assert names == sorted(names)
        assert {entry.date_time for entry in files.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert files.read("fourbit/gptq.py") == (root / "src/fourbit/gptq.py").read_bytes()
        files.extractall(tmp_path)
    assert {one.file for one in discover(root) if browser.obstacle(one) is None} <= set(names)
    assert {"snippets/01_memory_wall/rule.py", "fourbit/awq.py", "fourbit/vram/models.toml"} <= set(names)
    assert not [name for name in names if name.startswith(("fourbit/engine", "fourbit/cli", "fourbit/tiny"))]

    modules = [name.removesuffix(".py").replace("/", ".") for name in names if name.endswith(".py")]
    modules = [name.removesuffix(".__init__") for name in modules if name.startswith("fourbit")]
    lines = [
        "import sys, importlib",
        "class No:",
        "    def find_spec(self, name, path=None, target=None):",
        "        if name.split('.')[0] not in {'fourbit', 'numpy', *sys.stdlib_module_names}: raise ImportError(name)",
        "sys.meta_path.insert(0, No())",
        f"sys.path.insert(0, {str(tmp_path)!r})",
        f"for name in {modules!r}: importlib.import_module(name)",
        "import fourbit",
        f"assert fourbit.__file__.startswith({str(tmp_path)!r})",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_build_writes_only_what_changed(root, tmp_path):
    (tmp_path / "snippets").mkdir()
    (tmp_path / "src").symlink_to(root / "src")
    browser.build(tmp_path)
    target = tmp_path / browser.BUILT / browser.ARCHIVE
    before = target.stat().st_mtime_ns
    browser.build(tmp_path)
    assert target.stat().st_mtime_ns == before
    target.write_bytes(b"stale")
    browser.build(tmp_path)
    assert target.read_bytes() == browser.archive(tmp_path)


def test_a_snippet_runs_as_it_is_and_with_edits(script):
    assert script(SNIPPET) == ({}, 'x is 7\n{"y": 8}\n')
    found, printed = script(SNIPPET, (["two"], "y = x + 2\nassert y == 9"))
    assert found == {} and printed.endswith('{"y": 9}\n')
    # Sections that a block shows together are replaced together, and each keeps its indentation.
    found, printed = script(SNIPPET, (["one", "two"], "x = y = 1"))
    assert found == {} and printed == '{"y": 1}\n'
    assert script(SNIPPET, ([], "print('all mine')"))[1] == "all mine\n"


def test_every_run_starts_anew(script, tmp_path):
    assert script("left = 1\nimport beside\nbeside.seven = 8")[0] == {}
    found, printed = script("import beside\nprint(beside.seven)\nleft")
    assert printed == "7\n" and found["message"] == "name 'left' is not defined"
    assert str(tmp_path) not in "".join(sys.path)


def test_what_a_run_does_to_our_modules_is_forgotten(tmp_path):
    lines = [  # in a process of its own: here other tests have imported the module already
        "import sys",
        "from fourbit.book import inpage",
        "write = lambda kind, part: sys.__stdout__.write(part)",
        "def run(text): inpage.run(text, 'snippets/a/b.py', (), write)",
        "run('from fourbit import grid; grid.BITS = None')",
        "run('from fourbit import grid; print(grid.BITS is None)')",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_errors_are_told_as_python_tells_them(script):
    found, _ = script(SNIPPET, (["two"], "y = x\nassert y == 8, 'no'"))
    assert found["error"].startswith(
        "Traceback (most recent call last):\n  File \"snippets/a/b.py\", line 12, in <module>\n    assert y == 8, 'no'\n"
    )
    assert (found["section"], found["inside"], found["assert"]) == ("two", 2, True)
    found, _ = script("def f(:\n")
    assert found["error"].startswith('  File "snippets/a/b.py", line 1\n') and found["line"] == 1
    assert script("raise SystemExit")[0] == {}
    assert script("raise SystemExit('too bad')")[0]["message"] == "too bad"


def test_a_page_with_such_blocks_loads_their_script_and_marks_them(root):
    fence = '```python\n--8<-- "03_gptq/obs_sign.py:main"\n```\n'
    html = render(root, f"# Title\n\n{fence}")
    assert html.count("assets/js/run.js") == html.count("assets/css/run.css") == 1
    assert html.startswith('<div hidden><link rel="stylesheet" href="../../assets/css/run.css">')
    assert '<div class="fb-run-bar" data-run="03_gptq/obs_sign.py" data-sections="main"></div>' in html
    start = fence.replace("obs_sign.py:main", "exercise_order.py:start")
    assert 'data-check="03_gptq/exercise_order.py" data-sections="start"' in render(root, start)
    other = render(root, fence.replace("obs_sign.py:main", "exercise.py:main"))
    assert "fb-run-bar" not in other and "run.js" not in other
    assert "so run it on your machine: python snippets/03_gptq/exercise.py" in other
