"""The Quantization Explorer computes what Python computes: codes exactly, errors to twelve digits."""

import ast
import hashlib
import itertools
import warnings
from unittest import mock

import numpy as np
import pytest

from fourbit import awq, gptq, grid
from fourbit.book.explorer import SMALL

BASE = {
    "layer": "tiny-q", "bits": 4, "group": 64, "symmetric": False, "shrink": 1, "order": "none", "groups": "static",
    "damp": 0.01, "tokens": 4096,
}  # fmt: skip
FIT = grid.fit_grid

SOLVE = """async (cases) => {
  const at = (name) => import(`${location.origin}/assets/js/explorer-${name}.js`);
  const [{ Layer, ROWS }, { clipped, nearest }, { factor, gptq, swept }, { awq }, { energy }] =
    await Promise.all(["layer", "grid", "gptq", "awq", "numbers"].map(at));
  const run = (generator) => { for (;;) { const step = generator.next(); if (step.done) return step.value; } };
  const digest = async (codes, n) => {
    const rows = Uint8Array.from(codes, (_, at) => codes[(at % n) * ROWS + Math.floor(at / n)]);
    const found = await crypto.subtle.digest("SHA-256", rows);
    return [...new Uint8Array(found)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const layers = {}, answers = [];
  for (const state of cases) {
    const layer = (layers[state.layer] ??= await Layer.load(state.layer));
    const { n, W } = layer;
    const { H, loudness } = await layer.calibrate(state.tokens);
    const group = state.group === "row" ? n : state.group;
    const settings = { bits: state.bits, group, symmetric: state.symmetric, share: state.shrink, fixed: state.groups === "static" };
    const found = factor(H, n, state.order, state.damp);
    const results = {
      rtn: state.shrink === "search" ? run(clipped(W, H, n, ROWS, settings)) : nearest(W, n, ROWS, settings),
      gptq: run(gptq(W, H, n, ROWS, found, settings)),
      awq: run(awq(W, H, loudness, n, ROWS, settings, 8)),
    };
    const answer = {};
    for (const [method, { codes, values, ratio }] of Object.entries(results)) {
      const E = values.map((one, at) => W[at] - one);
      answer[method] = {
        codes: await digest(codes, n), ratio, seen: energy(E, H, n, ROWS) / energy(W, H, n, ROWS),
        unseen: energy(E, layer.unseen, n, ROWS) / energy(W, layer.unseen, n, ROWS),
      };
    }
    answer.gptq.swept = swept(W, results.gptq, found, ROWS) / energy(W, H, n, ROWS);
    answers.push(answer);
  }
  return answers;
}"""


def shrunk(share):
    """Grids over that share of the range: plain rounding knows no such setting."""
    return mock.patch.object(
        grid, "fit_grid", lambda w, bits, symmetric, lowest_zero=0: FIT(share * w, bits, symmetric)
    )


def fit_for_gptq(state, H, group):
    """What GPTQ fits its grids with: the share that is asked for, or the best one of each group."""
    share = state["shrink"]
    if share != "search":
        return lambda w, bits, symmetric: FIT(share * w, bits, symmetric)
    sorted_groups = state["order"] == "activation" and state["groups"] == "dynamic"
    columns = np.argsort(-np.diag(H), kind="stable") if sorted_groups else np.arange(len(H))
    starts = itertools.count(0, group)

    def fit(w, bits, symmetric):
        at = columns[next(starts) :][:group]
        q = awq.quantize_clipped(w, H[np.ix_(at, at)], bits, group, symmetric)
        return q.scales[:, 0], q.zeros[:, 0]

    return fit


def solve(layer, state):
    """The same by fourbit, on float64 weights."""
    W, (H, loud) = layer.W, layer.calibrate(state["tokens"])
    group = W.shape[1] if state["group"] == "row" else state["group"]
    settings = {"bits": state["bits"], "group_size": group, "symmetric": state["symmetric"]}
    search = state["shrink"] == "search"
    with mock.patch.object(grid, "BITS", range(2, 9)), shrunk(1 if search else state["shrink"]):
        rtn = grid.quantize_rtn(W, **settings)
        scales = [awq.channel_scales(loud, ratio) for ratio in awq.RATIOS]
        tried = [
            gptq.relative_error(W, grid.quantize_rtn(W * s, **settings).dequantize() / s, H) for s in scales
        ]
        s = scales[int(np.argmin(tried))]
        scaled = grid.quantize_rtn(W * s, **settings)
        if search:
            rtn = awq.quantize_clipped(W, H, **settings)
            scaled = awq.quantize_clipped(W * s, H / np.outer(s, s), **settings)
        with (
            warnings.catch_warnings(action="ignore"),  # that damping was raised
            mock.patch.object(gptq, "fit_grid", fit_for_gptq(state, H, group)),
        ):
            swept = gptq.gptq(
                W,
                H,
                **settings,
                order=state["order"],
                static_groups=state["groups"] == "static",
                damp=state["damp"],
            )
    answer = {}
    for method, q, V in (
        ("rtn", rtn, rtn.dequantize()),
        ("gptq", swept, swept.dequantize()),
        ("awq", scaled, scaled.dequantize() / s),
    ):
        answer[method] = {
            "codes": hashlib.sha256(np.ascontiguousarray(q.codes)).hexdigest(),
            "seen": gptq.relative_error(W, V, H),
            "unseen": gptq.relative_error(W, V, layer.unseen),
        }
    answer["awq"]["ratio"] = float(awq.RATIOS[int(np.argmin(tried))])
    return answer


def cases():
    """One field after the other, and the fields that meet each other."""
    for bits in range(2, 9):
        for symmetric in (False, True):
            yield {"bits": bits, "symmetric": symmetric}
    for group in (32, 128, 256, "row"):
        yield {"group": group, "bits": 3}
    for order, groups, group in itertools.product(("none", "activation"), ("static", "dynamic"), (64, "row")):
        yield {"order": order, "groups": groups, "group": group, "symmetric": True}
    for shrink in (0.55, 0.85, "search"):
        yield {"shrink": shrink, "bits": 3}
        yield {"shrink": shrink, "bits": 3, "order": "activation", "groups": "dynamic"}
    for tokens, damp in itertools.product((16, 100, 256, 1024), (0, 0.0001, 1)):
        yield {"tokens": tokens, "damp": damp}
    for layer in ("smollm2-q", "tiny-down"):
        yield {"layer": layer, "bits": 3, "shrink": "search", "order": "activation", "groups": "dynamic"}
        yield {"layer": layer, "tokens": 64, "damp": 0}
        yield {"layer": layer, "bits": 2, "group": "row", "symmetric": True}
        yield {"layer": layer, "bits": 8, "group": 32}


@pytest.fixture(scope="module")
def layer(root):
    """Reads a layer of the explorer as snippets/explorer/read.py does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.syspath_prepend(root / "snippets/explorer")
        from read import Layer

        known = {}
        yield lambda name: known.setdefault(name, Layer(name))


@pytest.fixture(scope="module")
def page(browser, site):
    """A page of the site without the explorer, to import its modules in."""
    page = browser.new_page()
    page.goto(site.address + "glossary/")
    yield page
    page.close()


def test_every_code_of_every_weight_is_python_s(page, layer):
    states = [BASE | case for case in cases()]
    for state, found in zip(states, page.evaluate(SOLVE, states), strict=True):
        wanted = solve(layer(state["layer"]), state)
        for method, there in wanted.items():
            here = found[method]
            assert here["codes"] == there["codes"], (method, state)
            for key in ("seen", "unseen"):
                assert here[key] == pytest.approx(there[key], rel=1e-12), (method, key, state)
        assert found["awq"]["ratio"] == wanted["awq"]["ratio"], state
        # read off the loss of the sweep, as the page does where little damping has to be taken off it
        assert state["damp"] > 0.05 or found["gptq"]["swept"] == pytest.approx(
            wanted["gptq"]["seen"], rel=1e-6
        )


def test_awq_is_the_library_s_own(page, layer):
    """With the tokens at hand, fourbit.awq.awq itself, not its parts."""
    one = layer("smollm2-q")
    state = BASE | {"layer": "smollm2-q", "tokens": 200, "shrink": "search"}
    q, _ = awq.awq(one.W, one.X[:200], bits=4, group_size=64, symmetric=False)
    [found] = page.evaluate(SOLVE, [state])
    assert found["awq"]["codes"] == hashlib.sha256(np.ascontiguousarray(q.codes)).hexdigest()


def test_gptq_is_the_library_s_own(page, layer):
    one = layer("tiny-q")
    X = one.X[:128]
    q = gptq.gptq(one.W, gptq.hessian(X), 4, 64, False, damp=0.1)
    [found] = page.evaluate(SOLVE, [BASE | {"tokens": 128, "damp": 0.1}])
    assert found["gptq"]["codes"] == hashlib.sha256(np.ascontiguousarray(q.codes)).hexdigest()


def test_webassembly_and_javascript_agree_to_the_bit(page):
    script = """async () => {
      const at = (name) => import(`${location.origin}/assets/js/explorer-${name}.js`);
      const [{ fast }, { slow }] = await Promise.all([at("kernel"), at("numbers")]);
      let seed = 1;
      const draw = (n) => Float64Array.from({ length: n }, () => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5);
      const [n, rows] = [128, 64], A = draw(n * n), B = draw(n * rows);
      return [[0, n, 0, n, 0, rows, false], [32, 96, 96, 128, 0, rows, false], [0, 100, 64, 96, 8, 60, true]].map((range) => {
        const one = draw(n * rows), two = one.slice(), lower = range.pop();
        const used = fast(A, n, B, rows, ...range, one, lower, false);
        slow(A, n, B, rows, ...range, two, lower);
        return used && one.every((value, at) => value === two[at]) && one.some((value, at) => value !== A[at]);
      });
    }"""
    assert page.evaluate(script) == [True, True, True]


def test_rounding_is_numpy_s(page):
    rng = np.random.default_rng(0)
    numbers = np.concatenate(
        [
            np.arange(-8, 8.5, 0.5),
            rng.normal(size=500),
            2.0 ** rng.integers(-28, 15, 500) * rng.uniform(1, 2, 500),
        ]
    )
    script = """async (numbers) => {
      const { rint, toHalf, decode } = await import(`${location.origin}/assets/js/explorer-numbers.js`);
      const bits = Array.from({ length: 65536 }, (_, i) => i);
      return [numbers.map(rint), numbers.map((one) => toHalf(Math.abs(one))), bits.map((i) => String(decode(i, "f16")))];
    }"""
    whole, half, decoded = page.evaluate(script, numbers.tolist())
    assert np.array_equal(whole, np.rint(numbers))
    assert np.array_equal(half, np.abs(numbers).astype(np.float16).astype(float))
    wanted = np.arange(65536, dtype=np.uint16).view(np.float16).astype(float)
    finite = np.isfinite(wanted)
    assert np.array_equal(np.array(decoded, float)[finite], wanted[finite])


def test_the_sweep_shows_what_python_does_halfway(page, layer):
    """Frames: final on the left, moved on the right; and back again."""
    one = layer("tiny-q")
    H, _ = one.calibrate(4096)
    q = gptq.gptq(one.W, H, 3, 64, False)
    U, half = gptq.inverse_factor(H, 0.01), 100
    moved = np.zeros_like(one.W)
    for j in range(half):
        moved[:, j + 1 :] -= np.outer(
            (one.W[:, j] + moved[:, j] - q.dequantize()[:, j]) / U[j, j], U[j, j + 1 :]
        )
    moved[:, :half] = q.dequantize()[:, :half] - one.W[:, :half]
    script = """async (half) => {
      const at = (name) => import(`${location.origin}/assets/js/explorer-${name}.js`);
      const [{ Layer, ROWS }, { factor, Frames, gptq }] = await Promise.all(["layer", "gptq"].map(at));
      const layer = await Layer.load("tiny-q");
      const { W, n } = layer;
      const { H } = await layer.calibrate(4096);
      const found = factor(H, n, "none", 0.01);
      const sweep = gptq(W, H, n, ROWS, found, { bits: 3, group: 64, symmetric: false });
      let step = sweep.next();
      while (!step.done) step = sweep.next();
      const frames = new Frames(W, n, ROWS, found, step.value);
      const there = Array.from(frames.at(half)), next = frames.next(half);
      frames.at(n);
      const back = Array.from(frames.at(half));
      return [there, back, Array.from(next)];
    }"""
    there, back, shares = page.evaluate(script, half)
    assert np.allclose(np.reshape(there, (256, 256)).T, moved, rtol=1e-5, atol=1e-7)
    assert there == back
    assert np.allclose(shares[half + 1 :], -U[half, half + 1 :] / U[half, half], rtol=1e-5, atol=1e-8)
    assert not any(shares[: half + 1])


def test_bytes_are_those_of_a_gptq_file(page):
    from fourbit.engine.checkpoint.gptq import stored_bytes

    script = """async (asked) => {
      const { bytes } = await import(`${location.origin}/assets/js/explorer-grid.js`);
      return asked.map(([bits, group]) => Object.values(bytes(256, 512, bits, group)).reduce((sum, one) => sum + one, 0));
    }"""
    asked = list(itertools.product(grid.BITS, (32, 64, 128, 256, 512)))
    assert page.evaluate(script, asked) == [stored_bytes((256, 512), *one) for one in asked]


def test_presets_are_those_that_python_asserts(page, root):
    script = "async () => { const { PRESETS } = await import(`${location.origin}/assets/js/explorer-state.js`); return PRESETS; }"
    presets = page.evaluate(script)
    source = ast.parse((root / "snippets/explorer/presets.py").read_text())
    [table] = [
        one.value
        for one in source.body
        if isinstance(one, ast.Assign) and getattr(one.targets[0], "id", "") == "PRESETS"
    ]
    asserted = ast.literal_eval(table)
    for name, preset in presets.items():
        preset["state"].pop("sweep", None)  # where one looks
        if name == "shrink":  # a part of "two" there
            assert preset["state"] == {"bits": 2, "shrink": "search"}
        else:
            assert preset["state"] == asserted[name], name


def test_the_sentence_without_javascript_leads_to_the_same_settings(page):
    script = """async () => {
      const at = (name) => import(`${location.origin}/assets/js/explorer${name}.js`);
      const [{ EMBEDS }, { settle, toQuery }] = await Promise.all([at(""), at("-state")]);
      return Object.fromEntries(Object.entries(EMBEDS).map(([name, { state }]) => [name, toQuery(settle(state))]));
    }"""
    assert page.evaluate(script) == {name: query for name, (query, _) in SMALL.items()}
