import math
from dataclasses import replace

import pytest

from fourbit.engine.evaluate import Estimate, Evaluation
from fourbit.engine.examine import Facts, causes, damaged, gains, worse
from fourbit.engine.recipe import Recipe
from fourbit.engine.sensitivity import Harm
from fourbit.engine.tasks import Comparison, mcnemar


def estimate(value, width=0.03):
    return Estimate(value, value * (1 - width), value * (1 + width))


def evaluation(kl, ratio=1.05, top1=0.9):
    ratio = Estimate(ratio, ratio - 0.005, ratio + 0.005)
    return Evaluation(
        1000, 4, estimate(12.0), ratio, estimate(kl), kl / 2, kl * 5, estimate(0.1), estimate(top1)
    )


def layer(name, error=0.01, d_in=512):
    return {"name": name, "d_out": 64, "d_in": d_in, "bits": 4, "tokens": 8192, "error": error,
            "rounding_error": 2 * error, "stored": "gptq", "notes": []}  # fmt: skip


def record(tokens=8192, layers=8, **recipe):
    return {
        "recipe": Recipe(**recipe).as_dict(),
        "calibration": {
            "source": "docs",
            "seed": 0,
            "tokens": tokens,
            "windows": tokens // 512,
            "length": 512,
        },
        "layers": [layer(f"model.layers.{i}.q_proj", 0.01 + i / 5000) for i in range(layers)],
    }


def compared(lost, gained, items=400):
    base = 0.6
    return Comparison(items, base, base - (lost - gained) / items, lost, gained, mcnemar(lost, gained))


FACTS = Facts("m-4bit", "m", "docs", evaluation(0.06), record=record())


def names(facts):
    return [cause.name for cause in causes(facts)]


def test_a_model_as_good_as_its_base_is_not_blamed():
    facts = replace(FACTS, general=evaluation(0.004, 1.004), tasks={"docs: continuation": compared(9, 7)})
    (cause,) = causes(facts)
    assert cause.name == "not the quantization" and "KL 0.0040 nats on docs" in cause.because
    assert "a drop under 2.9% would not have shown" in cause.because
    assert cause.command == "fourbit diagnose m-4bit --against m --text FILE"
    assert not causes(replace(facts, deployment=evaluation(0.004, 1.004), deployment_name="my.txt"))[
        0
    ].command


def test_a_task_that_drops_is_damage_whatever_perplexity_says():
    good = replace(FACTS, general=evaluation(0.004, 1.0))
    assert not damaged(good)
    assert damaged(replace(good, tasks={"docs: continuation": compared(40, 12)}))


def test_more_tasks_raise_no_more_false_alarms():
    drop = compared(16, 5)
    assert 0.0125 < drop.p_value < 0.05
    assert worse(drop) and not worse(drop, 4)
    assert not worse(compared(12, 40))


def test_a_broken_model_is_told_from_a_worn_one():
    (cause,) = causes(replace(FACTS, general=evaluation(8.0, 900.0, 0.01)))
    assert cause.name == "broken, not worn" and "KL divergence 8.00 nats" in cause.because


def test_fewer_tokens_than_inputs_come_first():
    cause = causes(replace(FACTS, record=record(tokens=256)))[0]
    assert cause.name == "too little calibration text" and "256 tokens for 512 inputs" in cause.because
    assert "--windows 4 " in cause.command and "--calib docs" in cause.command
    assert names(replace(FACTS, record=record(tokens=256, method="rtn"))) == ["rounded without calibration"]


def test_calibration_that_helped_elsewhere_only_is_the_wrong_text():
    facts = replace(FACTS, deployment_name="my notes.txt", deployment=evaluation(0.09))
    wrong = replace(facts, rounding=(evaluation(0.12), evaluation(0.1)))
    assert gains(wrong)[:2] == pytest.approx((2, 10 / 9)) and gains(wrong)[2] < 1.8
    cause = causes(wrong)[0]
    assert cause.name == "calibrated on other text than it is used on"
    assert "2.00 times on docs, but 1.11 times on my notes.txt" in cause.because
    assert "--calib 'docs:1,my notes.txt:1'" in cause.command


def test_text_that_is_harder_for_rounding_too_is_no_mismatch():
    facts = replace(FACTS, deployment_name="my.txt", deployment=evaluation(0.09))
    assert names(replace(facts, rounding=(evaluation(0.12), evaluation(0.18)))) == ["few bits everywhere"]


def test_without_a_record_a_mismatch_is_said_with_a_caution():
    facts = replace(FACTS, record=None, deployment_name="my.txt", deployment=evaluation(0.2))
    assert "cannot be told without the run's record" in causes(facts)[0].because


def test_layers_that_stand_out_get_rules():
    odd = record()
    odd["layers"][3] = layer("model.layers.3.q_proj", 0.2)
    cause = causes(replace(FACTS, record=odd))[0]
    assert cause.name == "a few layers" and "--rule model.layers.3.q_proj=8" in cause.command
    assert "--sensitivity measures" in cause.because


def test_measured_harm_counts_more_than_output_error():
    odd = record(layers=40)
    odd["layers"][3] = layer("model.layers.3.q_proj", 0.2)
    harms = tuple(
        Harm(a["name"], 1, 10, 4, a["error"], 0.05 if i == 7 else 0.001) for i, a in enumerate(odd["layers"])
    )
    cause = causes(replace(FACTS, record=odd, harms=harms))[0]
    assert "--rule model.layers.7.q_proj=8" in cause.command and cause.because.count("q_proj") == 4
    even = tuple(replace(harm, kl=0.001) for harm in harms)
    assert names(replace(FACTS, record=odd, harms=even)) == ["few bits everywhere"]


def test_a_head_of_few_bits_is_a_suspect_and_one_of_many_is_not():
    facts = replace(FACTS, record=record(head=True, bits=4), head_bits=4, head_quantized=True)
    cause = causes(facts)[0]
    assert cause.name == "the LM head has few bits" and "--head" not in cause.command
    assert names(replace(facts, head_bits=8)) == ["few bits everywhere"]


def test_the_last_resort_is_smaller_groups_then_more_bits():
    assert "--group-size 32" in causes(FACTS)[-1].command
    assert "--budget 6bpw" in causes(replace(FACTS, record=record(group_size=32)))[-1].command


def test_one_window_has_no_interval_and_is_judged_by_its_value():
    nan = math.nan
    one = replace(evaluation(0.06), kl=Estimate(0.06, nan, nan), perplexity_ratio=Estimate(1.05, nan, nan))
    facts = replace(FACTS, general=one, deployment_name="a.txt", deployment=one, rounding=(one, one))
    assert damaged(facts) and names(facts) == ["few bits everywhere"]
