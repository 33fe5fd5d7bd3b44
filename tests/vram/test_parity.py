"""The JavaScript of the page and fourbit.vram say the same, down to the words: in Chromium, on every vector."""

import base64
import importlib.util
import json
from io import BytesIO
from pathlib import Path

import parity
import pytest

from fourbit.book import translate
from fourbit.errors import UserError
from fourbit.gguf import header, layout, mix
from fourbit.vram import estimate, model, tables
from fourbit.vram.settings import Settings
from fourbit.vram.weights import Quant

JS = Path(__file__).parents[2] / "docs/assets/js"
SPARSE = Path(__file__).parents[2] / "snippets/bench/sparse_gguf.py"
ROWS = json.loads(parity.FILE.read_text("utf-8"))
ANSWER = """
const { fourbitPython: py, fourbit: M } = globalThis;
const POLYNOMIAL = 0xedb88320, CRC = [...Array(256)].map((_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? POLYNOMIAL ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
globalThis.digest = (found) => {
  const speed = found.speed ?? { decode: 0, prefill: 0, formula: "" };
  const words = [found.model, found.architecture, found.quant, found.verdict, speed.formula, ...found.advice, ...found.warnings];
  for (const line of found.lines) for (const key of ["part", "name", "formula", "reference", "reason", "where"]) words.push(line[key]);
  let crc = ~0;
  for (const byte of new TextEncoder().encode(words.map((word) => py.str(word)).join("\\n"))) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  const numbers = found.lines.flatMap((line) => [line.bytes, line.low, line.high]);
  return {
    numbers: [found.parameters, found.active_parameters, found.weights_bytes, ...numbers],
    place: [found.layers_on_gpu, found.experts_in_ram, found.tight],
    speed: [speed.decode, speed.prefill],
    words: ~crc >>> 0,
  };
};
globalThis.said = (make) => {
  try {
    return make();
  } catch (error) {
    if (error instanceof M.errors.UserError) return { error: error.message };
    throw error;
  }
};
const known = new Map();
globalThis.answer = (asked) => said(() => {
  if (!known.has(asked.model)) known.set(asked.model, M["vram.model"].from_table(asked.model));
  const quant = M["vram.weights"].Quant.parse(asked.quant, asked.imatrix);
  const settings = py.made_of(M["vram.settings"].Settings, [], asked.settings);
  const gpus = asked.gpu ? M["vram.devices"].read(asked.gpu) : [];
  const found = py.named(null, M["vram.estimate"].estimate, [known.get(asked.model), quant, settings, gpus],
    { ram: asked.ram * 2 ** 30, advise: asked.advise });
  return digest(py.plain(found.as_dict()));
});
class Octets {
  constructor(text) { this.bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)); this.place = 0; }
  seek(place) { this.place = place; }
  read(count) { return this.bytes.subarray(this.place, (this.place += count)); }
}
const plainly = (model) => {
  const { estimate } = M["vram.estimate"];
  const quant = model.types ? null : M["vram.weights"].Quant.parse("Q4_K_M");
  return digest(py.plain(py.named(null, estimate, [model, quant, new M["vram.settings"].Settings(4096)], {}).as_dict()));
};
globalThis.ofHeader = ([text, size]) => said(() => plainly(M["vram.model"].from_header(M["gguf.header"].parse(new Octets(text), size, "x"), "x", "x")));
globalThis.ofConfig = (text) => said(() => plainly(M["vram.model"].from_config(py.fromJson(JSON.parse(text)), "x")));
"""


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page()
    for name in ("vram-python.js", "vram-text.js", "vram-library.js", *translate.FILES):
        page.add_script_tag(path=JS / name)
    page.add_script_tag(content=ANSWER)
    yield page
    page.close()


@pytest.mark.parametrize("name", translate.FILES)
def test_the_javascript_is_made_from_the_modules_of_now(name):
    assert (JS / name).read_text("utf-8") == translate.FILES[name](), "run: python -m fourbit.book.translate"


def test_the_vectors_are_those_of_python():
    assert [row["case"] for row in ROWS] == parity.cases(), "run: python tests/vram/parity.py"
    for row in ROWS[::29]:
        assert json.loads(json.dumps(parity.answer(row["case"]))) == row["answer"], (
            "run: python tests/vram/parity.py"
        )


def test_the_vectors_cover_models_types_and_runtimes():
    cases = [row["case"] for row in ROWS]
    assert len(ROWS) >= 2000
    assert {case["model"] for case in cases} == set(tables.names("models.toml"))
    assert {case["quant"] for case in cases} == {*mix.FILE_TYPES, *parity.OTHERS}
    assert {case["gpu"] for case in cases} == set(parity.GPUS)
    assert len({case["settings"].get("runtime", "llama.cpp") for case in cases}) == 4
    verdicts = [row["answer"].get("place", [None])[0] for row in ROWS]
    assert sum(layers == 0 for layers in verdicts) > 50 and sum(bool(layers) for layers in verdicts) > 500


def test_the_browser_agrees_on_every_vector(page):
    different = page.evaluate(
        """(rows) => rows.filter(({ case: asked, answer: told }) => {
             const found = answer(asked);
             const keys = new Set([...Object.keys(found), ...Object.keys(told)]);
             return [...keys].some((key) => JSON.stringify(found[key]) !== JSON.stringify(told[key]));
           }).map((row) => row.case)""",
        ROWS,
    )
    assert different == []


def _plain(read: model.Model) -> dict:
    quant = None if read.types else Quant.parse("Q4_K_M")
    return json.loads(json.dumps(parity.digest(estimate.estimate(read, quant, Settings(4096)).as_dict())))


@pytest.mark.parametrize(
    "name",
    ["llama-3.2-1b", "gemma-3-4b", "gpt-oss-20b", "deepseek-v2-lite", "qwen3-next-80b-a3b", "falcon-h1-7b", "lfm2-1.2b"],
)  # fmt: skip
def test_headers_of_gguf_files_are_read_alike(page, name, tmp_path):
    pytest.importorskip("gguf")
    spec = importlib.util.spec_from_file_location("sparse_gguf", SPARSE)
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    known, path = model.from_table(name), tmp_path / "x.gguf"
    writer.sparse(path, layout.of(known.dims), {t.name: "F16" for t in known.tensors})
    read = header.read(path)
    with path.open("rb") as stream:
        octets = stream.read(read.data_start)
    for first in (
        octets,
        octets[: len(octets) // 2],
        b"GGUF\x03\0\0\0" + b"\x01\0\0\0\0\0\1\0" * 5,
        b"<html>",
    ):
        try:
            parsed = header.parse(BytesIO(first), read.size, "x")
            wanted = _plain(model.from_header(parsed, "x", "x"))
        except UserError as error:
            wanted = {"error": str(error)}
        assert ("error" in wanted) == (first is not octets)
        found = page.evaluate("(given) => ofHeader(given)", [base64.b64encode(first).decode(), read.size])
        assert found == wanted


@pytest.mark.parametrize(
    "change",
    [
        {"architectures": ["NobodyKnowsForCausalLM"]},
        {"hidden_size": None},
        {"hidden_size": "4096"},
        {"num_hidden_layers": -3},
        {"num_hidden_layers": 1 << 40},
        {"num_attention_heads": 7},
        {"num_key_value_heads": None},
        {"hidden_size": 4096.0, "head_dim": 128},
        {"vision_config": {"hidden_size": 1024, "num_hidden_layers": 24}},
        {"quantization_config": {"quant_method": "gptq", "bits": 4}},
        {"text_config": {"num_hidden_layers": 5}},
        {"layer_types": ["full_attention"]},
        {"rope_scaling": "yarn"},
    ],
    ids=str,
)
def test_pasted_configs_are_read_alike(page, change):
    fields = tables.models()["qwen3-8b"]["config"] | change
    try:
        wanted = _plain(model.from_config(fields, "x"))
    except UserError as error:
        wanted = {"error": str(error)}
    assert page.evaluate("(text) => ofConfig(text)", json.dumps(fields)) == wanted
