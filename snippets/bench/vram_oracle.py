# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "loads 140 models' headers, each under many settings"
# timeout = 3600
# ///
"""What llama.cpp allocates: a GGUF file without data, loaded so.

vram_oracle.py [--only ID ...] [--out FILE]

A file of header and hole is a few hundred KB on disk. Loaded with
`no_alloc`, llama.cpp plans its buffers and logs their sizes. Rows
go to tests/vram/oracle.csv, or to FILE. The formulas of
fourbit.vram.compute were fitted to the models in FITTED; the rows
of the others were made afterwards.
"""

import argparse
import csv
import ctypes
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from sparse_gguf import sparse
from xllamacpp import __version__ as version
from xllamacpp import xllamacpp as extension

from fourbit.gguf import layout, mix
from fourbit.vram import model, tables, weights

F, Q8, Q4 = 1, 8, 2  # ggml's types F16, Q8_0, Q4_0
NAMES = {F: "f16", Q8: "q8_0", Q4: "q4_0"}
NAMED = """
smollm2-135m llama-3.2-1b llama-3.1-8b llama-3.1-70b mistral-nemo-12b
mixtral-8x7b qwen2.5-7b qwen2.5-72b qwen3-0.6b qwen3-14b qwen3-30b-a3b
qwen3.5-9b qwen3.6-27b qwen3.5-35b-a3b gemma-2-9b gemma-3-1b
gemma-3-12b gemma-3-27b gemma-3n-e2b gemma-3n-e4b gemma-4-e2b
gemma-4-e4b gemma-4-12b gemma-4-26b-a4b gemma-4-31b phi-3-mini-4k
phi-4 deepseek-v2-lite deepseek-v3 glm-4.7-flash gpt-oss-20b
gpt-oss-120b granite-3.3-8b granite-4.0-h-tiny command-r7b command-a
olmo-2-13b olmo-3-7b glm-4-9b-0414 glm-4.5-air smollm3-3b seed-oss-36b
exaone-4.0-32b lfm2-1.2b lfm2-8b-a1b nemotron-nano-9b-v2
nemotron-3-nano-30b-a3b falcon-h1-7b falcon-mamba-7b
codestral-mamba-7b mistral-small-3.2-24b ministral-3-8b llama-4-scout
starcoder2-7b qwen3-coder-480b-a35b kimi-linear-48b-a3b
ernie-4.5-21b-a3b minimax-m2 olmoe-1b-7b ling-mini-2.0
qwen3-next-80b-a3b qwen3-235b-a22b phi-3.5-moe aya-expanse-8b
"""
FITTED = NAMED.split()
MODELS = tables.names("models.toml")
COLUMNS = """
model split arch context batch ubatch sequences unified cache flash
outputs quant weights_bytes cache_mib state_mib compute_mib output_mib
"""
FIELDS = COLUMNS.split()
ROOT = Path(__file__).parents[2]


class Oracle:
    """llama.cpp's functions, with its log kept."""

    def __init__(self):
        lib = self.lib = ctypes.CDLL(extension.__file__)
        self.said = []
        log = ctypes.CFUNCTYPE(
            None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p
        )
        self.log = log(self.note)
        lib.llama_log_set(self.log, None)
        lib.llama_backend_init()
        space = ctypes.c_uint8 * 512
        self.space = type(
            "Space", (ctypes.Structure,), {"_fields_": [("b", space)]}
        )
        for name in ("model", "context"):
            call = getattr(lib, f"llama_{name}_default_params")
            call.restype = self.space
        load, init = (
            lib.llama_model_load_from_file,
            lib.llama_init_from_model,
        )
        load.restype = init.restype = ctypes.c_void_p
        load.argtypes = (ctypes.c_char_p, self.space)
        init.argtypes = (ctypes.c_void_p, self.space)
        lib.llama_free.argtypes = (ctypes.c_void_p,)
        lib.llama_model_size.argtypes = (ctypes.c_void_p,)
        lib.llama_model_size.restype = ctypes.c_uint64
        lib.llama_version.restype = ctypes.c_char_p
        lib.ggml_commit.restype = ctypes.c_char_p

    def note(self, level, text, _):
        self.said.append(text.decode(errors="replace"))

    def model(self, path):
        p = self.lib.llama_model_default_params()
        assert list(p.b[72:78]) == [0, 0, 1, 0, 0, 0], list(p.b[72:80])
        p.b[74], p.b[76] = 0, 1  # no repacking; plan only
        p.b[24:28] = [0] * 4  # load_mode: no mapping of the file
        self.said.clear()
        self.loaded = self.lib.llama_model_load_from_file(
            str(path).encode(), p
        )
        if not self.loaded:
            raise RuntimeError("".join(self.said)[-900:])
        return self.lib.llama_model_size(self.loaded)

    def sum(self, pattern):
        found = re.findall(pattern, "".join(self.said))
        return round(sum(map(float, found)), 2)

    def row(
        self,
        context,
        batch,
        ubatch,
        sequences,
        unified,
        cache,
        flash,
        outputs,
    ):
        p = self.lib.llama_context_default_params()
        words = (ctypes.c_uint32 * 128).from_buffer(p)
        assert list(words[:4]) == [512, 2048, 512, 1]
        assert words[26] == words[27] == F
        words[0:4] = [context, batch, ubatch, sequences]
        words[5], words[13] = outputs, flash
        words[26] = words[27] = cache
        assert list(p.b[136:142]) == [0, 1, 1, 1, 1, 0]
        p.b[140], p.b[141] = 0, unified  # a window's cache: small
        self.said.clear()
        made = self.lib.llama_init_from_model(self.loaded, p)
        if not made:
            return None
        found = (
            self.sum(r"kv_cache.*: size = +([\d.]+) MiB"),
            self.sum(r"recurrent.*: size = +([\d.]+) MiB"),
            self.sum(r"compute buffer size = +([\d.]+) MiB"),
            self.sum(r"output buffer size = +([\d.]+) MiB"),
        )
        self.lib.llama_free(made)
        return found


BASE = {
    "context": 8192,
    "batch": 2048,
    "ubatch": 512,
    "sequences": 1,
    "unified": 0,
    "cache": F,
    "flash": 1,
    "outputs": 1,
}
CHANGES = (
    {},
    {"flash": 0},
    {"outputs": 0},
    {"context": 2048},
    {"context": 32768},
    {"context": 32768, "flash": 0},
    {"cache": Q8},
    {"cache": Q4, "context": 32768},
    {"ubatch": 2048},
    {"ubatch": 128},
    {"sequences": 4, "outputs": 4},
    {"sequences": 4, "outputs": 4, "unified": 1},
    {"sequences": 4, "outputs": 4, "flash": 0},
    {"context": 1000, "flash": 0, "outputs": 0},
)


def child(name):
    """Rows of one model as JSON lines: a crash ends only this."""
    made, oracle = model.from_table(name), Oracle()
    found = layout.of(made.dims)
    d = found.dims
    shapes = [(t.name, t.shape) for t in found.tensors]
    for quant in ("Q4_K_M", "F16"):
        chosen = mix.choose(
            shapes, quant, d.arch, **weights.facts(made)
        )
        kinds = {n: c.type.name for n, c in chosen.items()}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sparse.gguf"
            sparse(path, found, kinds)
            size = oracle.model(path)
            for change in CHANGES if quant == "F16" else CHANGES[:1]:
                asked = BASE | change
                got = oracle.row(**asked)
                if got is None:
                    continue
                asked["cache"] = NAMES[asked["cache"]]
                split = "fitted" if name in FITTED else "held out"
                row = [name, split, d.arch, *asked.values()]
                print(json.dumps([*row, quant, size, *got]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--child")
    parser.add_argument("--only", nargs="*", default=MODELS)
    parser.add_argument(
        "--out", default=ROOT / "tests/vram/oracle.csv", type=Path
    )
    asked = parser.parse_args()
    if asked.child:
        return child(asked.child)
    rows = []
    if asked.out.is_file():  # what others gave stays
        lines = asked.out.read_text().splitlines()[2:]
        kept = csv.reader(lines)
        rows = [r for r in kept if r[0] not in asked.only]
    for name in asked.only:
        made = subprocess.run(
            [sys.executable, __file__, "--child", name],
            check=False,  # a crash is reported below
            capture_output=True,
            text=True,
            env=os.environ | {"GGML_NO_BACKTRACE": "1"},
        )
        found = [json.loads(s) for s in made.stdout.splitlines()]
        if made.returncode:
            why = made.stderr.strip().splitlines()[-3:]
            print(name, len(found), "rows, then:", *why)
        rows += found
    oracle = Oracle()
    build = oracle.lib.llama_version().decode()
    number = version.rsplit(".", 1)[-1]
    rows.sort(key=lambda row: MODELS.index(row[0]))
    partial = asked.out.with_suffix(".partial")
    with partial.open("w", newline="") as file:
        file.write(
            f"# llama.cpp {build}, build b{number}, CPU, "
            f"by xllamacpp {version}\n"
        )
        csv.writer(file, lineterminator="\n").writerows([FIELDS, *rows])
    partial.rename(asked.out)
    print(json.dumps({"rows": len(rows), "build": number}))


if __name__ == "__main__":
    main()
