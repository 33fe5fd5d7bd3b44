"""Each way in which a snippet can go wrong is reported on the page that shows it, with the way out."""

import json

import pytest
from minibook import without_torch, write

from fourbit.book.check import check, check_orphans, check_snippet, record_snippet
from fourbit.book.results import Results
from fourbit.book.runner import Runner
from fourbit.book.snippets import load
from fourbit.errors import UserError

PAGE = 'Text.\n\n```python\n--8<-- "01_a/x.py"\n```\n\n```output\n--8<-- "01_a/x.out"\n```\n'
HEADER = '# /// script\n# [tool.fourbit]\n# tier = "{tier}"\n# reason = "it takes a while"\n# timeout = {timeout}\n# ///\n'
SVG = "docs/assets/figures/01_a/line.svg"
DRAW = f"open('{SVG}', 'w').write('<path d=\"M {{x}} 2\"/>')\n"


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    root = tmp_path_factory.mktemp("book")
    write(root, "docs/learn/01-a.md", PAGE)
    (root / "docs/assets/figures/01_a").mkdir(parents=True)
    with Runner(without_torch(root)) as runner:
        yield runner


@pytest.fixture
def found(runner):
    """Check one snippet; the recorded output may be given."""

    def found(text, output=None, update=False, name="x.py"):
        write(runner.root, f"snippets/01_a/{name}", text)
        snippet = load(runner.root / "snippets/01_a" / name, runner.root)
        snippet.output.unlink(missing_ok=True)
        if output is not None:
            snippet.output.write_text(output)
        return [str(problem) for problem in check_snippet(runner, snippet, update)]

    return found


def test_a_snippet_whose_output_is_as_recorded(found):
    assert found("print('a 1')", "$ python snippets/01_a/x.py\na 1\n") == []
    assert found("pass", "$ python snippets/01_a/x.py\n") == []


def test_stale_output(found):
    assert found("print('a 2')", "$ python snippets/01_a/x.py\na 1\n") == [
        (
            "docs/learn/01-a.md:8: expected its output in snippets/01_a/x.out, found another (- recorded, + now)\n"
            "    @@ -1,2 +1,2 @@\n     $ python snippets/01_a/x.py\n    -a 1\n    +a 2\n"
            "; mend: fourbit check 01_a --update"
        )
    ]


def test_output_of_another_command(found):
    assert "-$ python snippets/01_a/old.py" in found("print(1)", "$ python snippets/01_a/old.py\n1\n")[0]


def test_missing_output(found, runner):
    assert found("print(1)") == [
        (
            "docs/learn/01-a.md:8: expected its output in snippets/01_a/x.out, found no such file; "
            "mend: fourbit check 01_a --update"
        )
    ]
    assert found("print(1)", update=True) == []
    assert (runner.root / "snippets/01_a/x.out").read_text() == "$ python snippets/01_a/x.py\n1\n"


def test_a_failing_assertion_is_not_recorded(found, runner):
    (problem,) = found("print(1)\nassert 1 > 2, 'the claim'", "$ python snippets/01_a/x.py\n1\n", update=True)
    assert problem.startswith("docs/learn/01-a.md:8: expected exit code 0, found 1\n    Traceback")
    assert "AssertionError: the claim\n; mend: mend the snippet, then fourbit check 01_a" in problem
    assert found("print(1)\nassert False", update=True) and not (runner.root / "snippets/01_a/x.out").exists()


def test_a_timeout(found):
    assert found(HEADER.format(tier="run", timeout=0.3) + "while True: pass", "") == [
        (
            "docs/learn/01-a.md:8: expected an end within 0.3 s, found it still running, and stopped it; "
            "mend: make it faster or raise `timeout` in its header, then fourbit check 01_a"
        )
    ]


def test_too_much_output(found):
    assert found("print('x' * 300_000)", "") == [
        "docs/learn/01-a.md:8: expected at most 200 kB of output, found more; mend: print less, then fourbit check 01_a"
    ]


def test_a_snippet_that_no_page_shows_is_named_itself(found):
    assert found("print(1)", name="y.py")[0].startswith("snippets/01_a/y.py:1: expected its output in")


def test_a_file_left_in_the_repository(found, runner):
    (problem,) = found("open('docs/left.txt', 'w')", "$ python snippets/01_a/x.py\n")
    (runner.root / "docs/left.txt").unlink()
    assert problem == (
        "docs/learn/01-a.md:8: expected no new file outside docs/assets/figures/01_a/, found docs/left.txt; "
        "mend: write to a temporary folder; remove this file"
    )


def test_figures_must_come_out_the_same(found, runner):
    output = "$ python snippets/01_a/x.py\n"
    figure = runner.root / SVG
    assert found(DRAW.format(x=1), output) == [
        f"docs/learn/01-a.md:8: expected the recorded figure {SVG}, found none; mend: fourbit check 01_a --update"
    ]
    assert not figure.exists()
    assert found(DRAW.format(x=1), output, update=True) == []
    assert found(DRAW.format(x=1), output) == []
    assert found(DRAW.format(x=1.01), output) == []
    (problem,) = found(DRAW.format(x=5), output)
    assert f"expected the recorded figure {SVG}, found another" in problem and '-<path d="M 1 2"/>' in problem
    assert figure.read_text() == '<path d="M 1 2"/>'
    assert found(DRAW.format(x=5), output, update=True) == []
    assert figure.read_text() == '<path d="M 5 2"/>'
    figure.unlink()


BENCH = HEADER.format(tier="recorded", timeout=20) + 'print("fast")\nprint(\'{"tok_s": 9.5, "runs": 3}\')\n'


def test_recording_writes_output_result_and_provenance(runner, found):
    found(BENCH, name="bench.py")
    bench = load(runner.root / "snippets/01_a/bench.py", runner.root)
    assert record_snippet(bench) == []
    assert bench.output.read_text() == '$ python snippets/01_a/bench.py\nfast\n{"tok_s": 9.5, "runs": 3}\n'
    result = Results(runner.root)["01_a.bench.tok_s"]
    assert (result.value, result.stale) == (9.5, False)
    assert result.provenance["runs"] == 3 and result.provenance["command"] == "python snippets/01_a/bench.py"
    assert result.provenance["machine"]["cores"] >= 1 and result.provenance["machine"]["ram_gb"] >= 1
    assert {"python", "numpy"} <= set(result.provenance["versions"])
    assert check_snippet(runner, bench) == []

    output = bench.output.read_text()
    (problem,) = found(BENCH, output.replace("9.5", "9.9"), name="bench.py")
    assert problem == (
        "snippets/01_a/bench.py:1: expected one result in snippets/01_a/bench.out and results.json, found "
        '{"tok_s": 9.9, "runs": 3}, while results.json has {"tok_s": 9.5, "runs": 3}; '
        "mend: fourbit check 01_a --record bench"
    )
    assert "found no such file; mend: fourbit check 01_a --record bench" in found(BENCH, name="bench.py")[0]
    assert "as line 1 of" in found(BENCH, output.replace("bench.py", "b.py"), name="bench.py")[0]
    assert "expected valid Python" in found(BENCH + "x = (", output, name="bench.py")[0]
    (runner.root / "snippets/01_a/results.json").unlink()
    assert "expected 'bench' in results.json beside it" in found(BENCH, output, name="bench.py")[0]


def test_a_recording_that_fails_leaves_nothing(runner, found):
    found(BENCH + "assert False", name="broken.py")
    broken = load(runner.root / "snippets/01_a/broken.py", runner.root)
    assert "expected exit code 0, found 1" in str(record_snippet(broken)[0])
    assert not broken.output.exists() and not (runner.root / "snippets/01_a/results.json").exists()


def test_outputs_and_results_without_a_snippet(tmp_path):
    write(tmp_path, "snippets/01_a/gone.out", "$ python snippets/01_a/gone.py\n")
    write(tmp_path, "snippets/01_a/results.json", json.dumps({"lost": {}}))
    assert [str(problem) for problem in check_orphans(tmp_path)] == [
        "snippets/01_a/gone.out:1: expected the snippet that makes it, found none; mend: remove this file",
        "snippets/01_a/results.json:1: expected a snippet lost, found none; mend: remove the entry 'lost'",
    ]


def test_a_snippet_that_runs_is_held_against_its_api_as_well(found, runner):
    write(
        runner.root,
        "snippets/api/lib-1.0.json",
        json.dumps({"names": {}, "commands": {"tool": {"flags": []}}}),
    )
    header = '# /// script\n# [tool.fourbit]\n# api = ["lib==1.0"]\n# ///\n'
    assert found(f"{header}echo", "$ bash snippets/01_a/x.sh\n", name="x.sh") == []
    (problem,) = found(f"{header}false && tool --fast", name="x.sh")
    assert problem.startswith("snippets/01_a/x.sh:5: expected a flag of tool of lib 1.0, found '--fast'")


def test_check_tells_stale_results_as_warnings(book):
    def told():
        lines = []
        problems = check(book, "01_memory_wall", progress=lines.append)
        assert not any("as it was when recorded" in str(problem) for problem in problems)
        return [line for line in lines if line.startswith("warning: ")]

    speed = without_torch(book) / "snippets/01_memory_wall/speed.py"
    assert told() == []
    speed.write_text(speed.read_text() + "print(2)\n")
    (warning,) = told()
    assert warning.startswith(
        "warning: snippets/01_memory_wall/speed.py:1: expected code as it was when recorded"
    )


def test_check_runs_a_chapter_and_tells_what_it_did(book):
    write(book, "snippets/02_gptq/x.py", "print(1)")
    write(book, "snippets/02_gptq/y.py", '# /// script\n# [tool.fourbit]\n# needs = ["no-such"]\n# ///\n')
    told = []
    without_torch(book)
    problems = [str(problem) for problem in check(book, "02-gptq", progress=told.append)]
    assert told[0] == "02_gptq/x.py: 1 problem" and told[1].startswith("02_gptq/y.py: skipped, needs no-such")
    assert len(told) == 2 and "expected its output in snippets/02_gptq/x.out" in problems[0]
    assert any("snippets/02_gptq/y.py:1: expected a page that shows it" in problem for problem in problems)


def test_check_names_what_there_is_for_a_wrong_chapter_or_recording(book):
    with pytest.raises(UserError, match=r"no chapter '09_x'; there are: 01_memory_wall"):
        check(book, "09_x")
    with pytest.raises(UserError, match=r"no snippet is named 'spede'; recorded: 01_memory_wall.speed"):
        check(book, record="spede")
    with pytest.raises(
        UserError, match=r"size.py: tier 'run' is not measured by hand; fourbit check 01_memory_wall --up"
    ):
        check(book, record="size")
