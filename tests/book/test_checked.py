"""Snippets that cannot run must still parse, and use what the library has; records are read from source."""

import hashlib
import json
import subprocess
import sys

import pytest
from minibook import write

from fourbit.book.apirecord import flags, record
from fourbit.book.check import check_snippet
from fourbit.book.definitions import Source
from fourbit.book.snippets import load
from fourbit.errors import UserError

LIBRARY = {
    "lib/__init__.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .core import Model, load\n"
    "from .config import *\nfrom . import extra\n",
    "lib/core.py": """\
from typing import overload, Self
from torch import nn
from .base import Base
@overload
def load(path: str): ...
def load(path, *, bits=4) -> "Model": ...
class Model(Base):
    def __init__(self, path, bits=4):
        self.blocks = []
    def save(self, folder, **options): ...
    @classmethod
    def read(cls, path) -> Self: ...
    @property
    def config(self) -> "Base": ...
    @config.setter
    def config(self, value): ...
class Wrapped(nn.Module):
    def run(self): ...
""",
    "lib/base.py": "class Base:\n    def close(self): ...\n    @staticmethod\n    def check(a, b=1): ...\n",
    "lib/config.py": "from dataclasses import dataclass, field\nfrom enum import Enum\nfrom typing import ClassVar\n"
    "@dataclass\nclass Config:\n    bits: int\n    group: int = 128\n    size: int = field(init=False)\n    N: ClassVar[int]\n"
    "@dataclass\nclass Special(Config):\n    extra: int = 0\n"
    "class Backend(Enum):\n    FAST = 1\n",
    "lib/extra.py": "def more(*args): ...\n",
    "lib/models.py": """\
import msgspec
import pydantic
class Hooks(pydantic.BaseModel):
    targets: str
    _handles: list = []
class Modifier(Hooks):
    steps: int = 1
class Mixin:
    def check(self): ...
class Sampling(Mixin, msgspec.Struct, dict=True):
    n: int = 1
    stop: str
""",
}
NAMES = [
    "lib.load",
    "lib.base.Base",
    "lib.Config=lib.config.Special",
    "lib.Backend",
    "lib.extra.more",
    "lib.core.Wrapped",
    "lib.models.Modifier",
    "lib.models.Sampling",
]
HEADER = '# /// script\n# [tool.fourbit]\n# tier = "checked"\n# reason = "needs a GPU"\n# api = ["lib==1.0"]\n# ///\n'


@pytest.fixture
def source(tmp_path):
    for name, text in LIBRARY.items():
        write(tmp_path / "source", name, text)
    return tmp_path / "source"


@pytest.fixture
def found(tmp_path, source):
    made = {
        "names": record(Source(source), NAMES, []),
        "commands": {"tool": {"flags": ["-c", "--size", "--type"]}},
    }
    made["commands"]["lib serve"] = {"flags": ["--port"]}
    write(tmp_path, "snippets/api/lib-1.0.json", json.dumps(made))

    def found(code, name="x.py"):
        write(tmp_path, f"snippets/01_a/{name}", HEADER + code)
        return [str(one) for one in check_snippet(None, load(tmp_path / "snippets/01_a" / name, tmp_path))]

    return found


def test_a_record_is_read_without_importing(source):
    names = record(Source(source), NAMES, [])
    load = {
        "parameters": ["path", "bits"],
        "required": ["path"],
        "positional": 1,
        "varargs": False,
        "varkw": False,
    }
    assert names["lib.load"] == {"kind": "function", **load, "returns": "lib.core.Model"}
    assert names["lib.core.Model"]["parameters"] == ["path", "bits"] and not names["lib.core.Model"]["open"]
    assert names["lib.core.Model.close"]["parameters"] == []  # of its base, without self
    assert names["lib.core.Model.check"]["parameters"] == ["a", "b"]
    assert names["lib.core.Model.read"]["returns"] == "lib.core.Model"
    assert names["lib.core.Model.config"] == {"kind": "attribute", "returns": "lib.base.Base"}
    assert names["lib.core.Model.blocks"] == {"kind": "attribute", "returns": None}
    assert names["lib.Config"]["parameters"] == ["bits", "group", "extra"]
    assert (names["lib.Config"]["required"], names["lib.Config"]["returns"]) == (["bits"], "lib.Config")
    assert names["lib.core.Wrapped"]["open"]


def test_models_take_their_fields_and_those_they_inherit(source):
    names = record(Source(source), NAMES, [])
    modifier, sampling = names["lib.models.Modifier"], names["lib.models.Sampling"]
    assert (modifier["parameters"], modifier["required"]) == (["targets", "steps"], ["targets"])
    assert (sampling["parameters"], sampling["required"]) == (["n", "stop"], ["stop"])
    assert "parameters" not in names["lib.core.Wrapped"]


def test_returns_may_be_told_and_a_wrong_name_is_refused(source):
    names = record(Source(source), ["lib.extra.more"], ["lib.extra.more=lib.base.Base"])
    assert names["lib.extra.more"]["returns"] == "lib.base.Base" and "lib.base.Base.close" in names
    with pytest.raises(
        UserError, match=r"lib.lod: .* does not define it; give the path as a user imports it"
    ):
        record(Source(source), ["lib.lod"], [])


def test_the_command_writes_a_record(tmp_path, source):
    write(tmp_path, "lib-1.0.tar.gz", "all of it")
    write(tmp_path, "help.txt", "usage: tool [-c N] [--size N]\n  --type {a,b-c}\n")
    command = [sys.executable, "-m", "fourbit.book.apirecord", source, "--package", "lib", "--version", "1.0"]
    command += ["--names", "lib.load", "--commands", f"tool={tmp_path}/help.txt"]
    command += ["--archive", tmp_path / "lib-1.0.tar.gz", "--out", tmp_path / "api/lib-1.0.json"]
    subprocess.run(command, check=True)
    made = json.loads((tmp_path / "api/lib-1.0.json").read_text())
    assert (made["package"], made["version"]) == ("lib", "1.0") and "lib.core.Model.save" in made["names"]
    assert made["file"] == "lib-1.0.tar.gz" and made["sha256"] == hashlib.sha256(b"all of it").hexdigest()
    assert made["commands"] == {"tool": {"flags": ["--size", "--type", "-c"]}}


def test_flags_are_no_parts_of_words():
    assert flags("a-b /c-d --long-name, -s\n x--y") == ["--long-name", "-s"]


ALLOWED = """\
import lib
import os
from lib import Backend, Config, load as read
config = Config(4, group=64)
model = read("a", bits=3)
model.save("out", anything=1)
model.config.close()
model.blocks.append(1)
model.config = 3
lib.extra.more(1, 2, 3)
lib.load(*os.sys.argv, **{})
from lib.core import Wrapped
Wrapped().anything(1)
print(Backend.FAST, Backend.FAST.value)
for model in [1]:
    model.unknown()
"""


def test_uses_that_the_record_allows(found):
    assert found(ALLOWED) == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "from lib import laod",
            "a name of lib (such as load), found 'laod'; mend: correct it, or record it: ",
        ),
        ("import lib.missing", "a name of lib"),
        ("import lib\nlib.lood('a')", "a name of lib (such as load), found 'lood'"),
        (
            "import lib\nlib.load('a', bit=4)",
            "a parameter of lib.load of lib 1.0 (such as bits), found 'bit'; mend: correct",
        ),
        ("import lib\nlib.load(bits=4)", "the argument 'path' for lib.load of lib 1.0, found none"),
        ("import lib\nlib.load('a', 4)", "at most 1 positional arguments for lib.load of lib 1.0, found 2"),
        (
            "import lib\nlib.load('a', path='b')",
            "'path' once in the call of lib.load of lib 1.0, found it twice",
        ),
        ("import lib\nm = lib.load('a')\nm.sav('b')", "a name of lib.core.Model (such as save), found 'sav'"),
        (
            "import lib\nlib.load('a').save()",
            "the argument 'folder' for lib.core.Model.save of lib 1.0, found none",
        ),
        (
            "import lib\nwith lib.load('a') as m:\n    m.close(1)",
            "at most 0 positional arguments for lib.core.Model.close",
        ),
        ("import lib\nm = lib.load('a')\nm.config.clos()", "a name of lib.base.Base"),
        ("from lib import Backend\nBackend.SLOW", "a name of lib.Backend (such as FAST), found 'SLOW'"),
        ("from lib import Config\nConfig(4, size=3)", "a parameter of lib.Config of lib 1.0"),
    ],
)
def test_uses_that_it_does_not(found, code, message):
    (problem,) = found(code)
    line = HEADER.count("\n") + code.count("\n") + 1
    assert problem.startswith(f"snippets/01_a/x.py:{line}: expected ") and message in problem


def test_flags_of_recorded_commands(found):
    shell = "# tool --no-comment\nX=1 /usr/bin/tool -c 3 --size=4 \\\n  --type a | other --free && lib serve --port 1\n"
    assert found(shell, "x.sh") == []
    (problem,) = found("tool -c 1 \\\n  --sise 3\n", "x.sh")
    line = HEADER.count("\n") + 1
    message = (
        "expected a flag of tool of lib 1.0 (such as --size, --type), found '--sise'; mend: correct the flag"
    )
    assert problem == f"snippets/01_a/x.sh:{line}: {message}"
    assert "found '-x'" in found("true; tool -x 1\n", "x.sh")[0]
    assert "a flag of lib serve" in found("true | lib serve --prot 1\n", "x.sh")[0]


def test_a_snippet_that_does_not_parse(found):
    line = HEADER.count("\n") + 2
    assert found("x = 1\ny = = 2\n") == [
        f"snippets/01_a/x.py:{line}: expected valid Python, found invalid syntax; mend: mend the snippet"
    ]
    (problem,) = found("if true; then\n  echo )\nfi\n", "x.sh")
    assert problem.startswith(f"snippets/01_a/x.sh:{line}: expected valid bash, found syntax error near")


def test_a_record_that_does_not_exist(found, tmp_path):
    (tmp_path / "snippets/api/lib-1.0.json").unlink()
    assert found("import lib") == [
        (
            "snippets/01_a/x.py:1: expected the record snippets/api/lib-1.0.json, found no such file; mend: "
            "python -m fourbit.book.apirecord SOURCE --archive FILE --package lib --version 1.0 --names ..."
        )
    ]
