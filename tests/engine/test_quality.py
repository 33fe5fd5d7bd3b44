"""The gate: exact on what is written, silent on models that work, closed to broken ones."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from architectures import save

from fourbit.engine import models, quality
from fourbit.engine.checkpoint import weights
from fourbit.engine.evaluate import Estimate, Evaluation, Window, evaluate
from fourbit.engine.quality import Quality
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.job import Job, run
from fourbit.errors import UserError
from fourbit.tiny import MODEL

WINDOWS = np.random.default_rng(0).integers(3, 96, size=(4, 32))


def measured(kl, top1, ratio) -> Quality:
    def only(value):
        return Estimate(value, value, value)

    return Quality(Evaluation(8192, 16, only(20.0), only(ratio), only(kl), top1=only(top1)))


@pytest.mark.parametrize("architecture", ["llama", "gemma3_text", "opt", "mixtral"])
def test_streamed_figures_equal_those_of_whole_models(tmp_path, architecture):
    source, out = save(tmp_path / "base", architecture), tmp_path / "out"
    run(Job(source, out, WINDOWS, Recipe(bits=3 if architecture == "llama" else 4, group_size=32)))
    streamed = quality.check(source, out, WINDOWS).evaluation
    whole = evaluate(weights.load(out), list(map(Window, WINDOWS)), weights.load(source))
    for name in ("perplexity", "perplexity_ratio", "kl", "top1"):
        assert getattr(streamed, name).value == pytest.approx(getattr(whole, name).value, rel=1e-3), name
    assert streamed.kl.value > 1e-3


def test_limits_separate_the_recorded_models(root):
    """Of all that chapter 3 measured on SmolLM2, the gate refuses the 2-bit models and no other."""
    rows = json.loads((root / "snippets/03_gptq/results.json").read_text())["smollm2_sweep"]["value"]
    seen = set()
    for row in rows["rows"]:
        for method in ("rtn", "gptq"):
            ratio = row[f"{method}_perplexity"] / rows["base_ppl"]
            faults = measured(row[f"{method}_kl"], row[f"{method}_top1"], ratio).faults()
            assert len(faults) == (3 if row["bits"] == 2 else 0), row
            seen.add(row["bits"])
    assert seen >= {2, 3, 4, 8}


def test_limits_are_near_the_geometric_means_that_the_module_derives(root):
    value = json.loads((root / "snippets/03_gptq/results.json").read_text())["smollm2_sweep"]["value"]
    rows = {row["bits"]: row for row in value["rows"] if row["group"] == 64}
    worst, best = rows[3], rows[2]
    assert quality.MOST_KL == pytest.approx((worst["rtn_kl"] * best["gptq_kl"]) ** 0.5, rel=0.1)
    assert quality.LEAST_TOP1 == pytest.approx((worst["rtn_top1"] * best["gptq_top1"]) ** 0.5, rel=0.1)
    ratio = (worst["rtn_perplexity"] * best["gptq_perplexity"]) ** 0.5 / value["base_ppl"]
    assert quality.MOST_RATIO == pytest.approx(ratio, rel=0.1)


def test_each_limit_alone_closes_the_gate():
    assert measured(0.1, 0.9, 1.1).faults() == []
    assert "KL divergence 9.00 nats" in measured(9.0, 0.9, 1.1).faults()[0]
    assert "same top token 1.0%" in measured(0.1, 0.01, 1.1).faults()[0]
    assert "perplexity times 1,000.0" in measured(0.1, 0.9, 1000.0).faults()[0]
    assert len(measured(float("nan"), 0.9, float("nan")).faults()) == 2


def test_a_broken_model_stays_partial_and_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(quality, "MOST_KL", 1e-6)
    source, out = save(tmp_path / "base", "llama"), tmp_path / "out"
    job = Job(source, out, WINDOWS, Recipe(group_size=32, effort="fast"))
    with pytest.raises(UserError, match=r"broken: KL divergence .*--bits.*--no-gate"):
        run(job, gate=quality.gate(source, WINDOWS, None, "random tokens"))
    assert not out.exists() and Path(f"{out}.partial").is_dir()
    assert run(job, resume=True)["quality"] is None
    assert (out / "fourbit.json").is_file()


def test_sample_of_both_models_and_the_limit_on_it(monkeypatch):
    tokenizer = models.load_tokenizer(MODEL)
    windows = np.random.default_rng(0).integers(3, 2048, size=(1, 48))
    same = quality.check(MODEL, MODEL, windows, tokenizer)
    assert same.evaluation.kl.value == 0 and same.evaluation.top1.value == 1
    assert same.sample.base == same.sample.quantized != ""
    assert same.sample.prompt == tokenizer.decode(windows[0, : quality.PROMPT])
    greedy = models.load(MODEL).generate(
        torch.from_numpy(windows[:, : quality.PROMPT]), max_new_tokens=4, do_sample=False
    )
    assert same.sample.base.startswith(tokenizer.decode(greedy[0, quality.PROMPT :]))
    monkeypatch.setattr(quality, "SAMPLE_PARAMETERS", 1_000_000)
    skipped = quality.check(MODEL, MODEL, windows, tokenizer)
    assert skipped.sample is None and "4,983,040 parameters" in skipped.no_sample


def test_what_is_not_a_number_is_null_in_json():
    single = replace(measured(0.1, 0.9, 1.1).evaluation, kl=Estimate(0.1, float("nan"), float("inf")))
    assert Quality(single).as_dict()["kl"] == {"value": 0.1, "low": None, "high": None}
