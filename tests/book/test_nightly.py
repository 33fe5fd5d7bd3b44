"""The nightly report names what changed; the workflow around it is YAML and uses GitHub's own actions only."""

from pathlib import Path

import pytest
import yaml

from fourbit.book import nightly
from fourbit.book.problem import Problem

ROOT = Path(__file__).parents[2]
PAGE = Problem(
    "docs/errors/teapot.md", 1, "the message of its page", "ValueError: kettle is empty", "correct it"
)
REPRO = Problem("snippets/errors/teapot/repro.py", 1, "exit code other than 0", "0", "correct it")
SNIPPET = Problem(
    "snippets/02_formats/codes.py", 1, "its output", "another", "fourbit check 02_formats --update"
)


def test_findings_stand_by_entry_and_snippet():
    text = nightly.report([SNIPPET, PAGE, REPRO], [("pot", "1.0", "2.0")])
    assert text.index("- [ ] `errors/teapot`\n- [ ] `02_formats/codes.py`\n") > 0
    assert "| pot | 1.0 | 2.0 |" in text
    assert text.count("### errors/teapot\n") == 1
    assert "found ValueError: kettle is empty\nexpected exit code other than 0, found 0\n````" in text


def test_without_findings_it_says_so():
    assert "behaves" in nightly.report([], [("pot", "1.0", "2.0")])


def test_a_report_fits_an_issue():
    many = [Problem(f"docs/errors/{n}.md", 1, "x", "y" * 5000, "z") for n in range(100)]
    assert len(nightly.report(many, [])) < 65_536


def test_pins_that_differ_are_listed(tmp_path, monkeypatch):
    (tmp_path / "constraints.txt").write_text("pot==1.0\ncup==3\nlid==4\n", encoding="utf-8")
    monkeypatch.setattr(nightly, "installed", {"pot": "2.0", "cup": "3", "lid": ""}.get)
    assert nightly.changed_pins(tmp_path) == [("pot", "1.0", "2.0")]


@pytest.mark.parametrize("found, code", [([PAGE], 1), ([], 0)])
def test_a_changed_entry_ends_with_exit_code_1(tmp_path, monkeypatch, found, code):
    monkeypatch.setattr(nightly, "check_errors", lambda root, progress: found)
    monkeypatch.setattr(nightly, "check", lambda root, progress: found)
    assert nightly.main(str(tmp_path / "report.md")) == code
    text = (tmp_path / "report.md").read_text("utf-8")
    assert text.count("kettle") == code


@pytest.mark.parametrize(
    "file", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=lambda file: file.stem
)
def test_workflows_use_githubs_own_actions_and_bounded_rights(file):
    flow = yaml.safe_load(file.read_text("utf-8"))
    steps = [step for job in flow["jobs"].values() for step in job["steps"]]
    assert flow["permissions"] == {"contents": "read"}
    assert all(("uses" in step) != ("run" in step) for step in steps)
    assert all(step["uses"].startswith("actions/") for step in steps if "uses" in step)
    assert all("${{" not in step["run"] for step in steps if "run" in step)  # values come in through env
