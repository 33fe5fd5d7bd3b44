"""`fourbit calibration` as a user meets it."""

import json

import pytest

from fourbit.cli.calibration import _widest, calibration
from fourbit.engine.walk.skeleton import Skeleton
from fourbit.errors import UserError


def test_the_table_and_the_verdict(fourbit):
    done = fourbit("calibration", "docs", "--model", "tiny", "--deploy", "code")
    assert done.returncode == 0, done.stderr
    for part in (
        "16,384",
        "21.3 (widest layer: 768 inputs; enough: 6,144 tokens)",
        "English",
        "between halves of the calibration text",
        "verdict: enough, wrong domain",
        "- mix in text like code: --calib docs:1,code:1",
    ):
        assert part in done.stdout


def test_json_is_one_object(fourbit):
    done = fourbit("calibration", "code", "--model", "tiny", "--windows", 4, "--length", 256, "--json")
    found = json.loads(done.stdout)
    assert (found["model"], found["spec"], found["seed"]) == ("tiny", "code", 0)
    assert (found["windows"], found["length"], found["needed"]) == (4, 256, 6144)
    assert found["verdict"] == ["too few"] and found["advice"][0] == "add 5,120 tokens: --windows 24"
    assert found["calibration"]["perplexity"]["value"] > 1 and found["distance"] is None


@pytest.mark.parametrize(
    "options, message",
    (
        ({"spec": "none.txt"}, "none.txt: no such file"),
        ({"model": "nowhere"}, "nowhere: no such directory"),
        ({"deploy": "none.txt"}, "none.txt: no such file"),
        ({"windows": 0}, "--windows 0: must be at least 1"),
        ({"length": 1}, "--length 1: must be at least 2"),
        ({"length": 1024}, "--length 1024: tiny takes at most 512 tokens"),
        ({"seed": -1}, "--seed -1: must be at least 0"),
    ),
)
def test_mistakes_are_named(options, message):
    with pytest.raises(UserError, match=message):
        calibration(**{"spec": "docs", "model": "tiny"} | options)


def test_a_mistake_ends_in_one_line(fourbit, tmp_path):
    done = fourbit("calibration", "docs", "--model", "tiny", "--deploy", "none.txt", cwd=tmp_path)
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.startswith("error: none.txt: no such file") and len(done.stderr.splitlines()) == 1


def test_the_widest_layer_of_a_mixture_of_experts_is_the_one_that_sees_the_fewest_tokens(tmp_path):
    from transformers import AutoModelForCausalLM, MixtralConfig

    sizes = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 1, "vocab_size": 100}
    heads = {
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "num_local_experts": 8,
        "num_experts_per_tok": 2,
    }
    AutoModelForCausalLM.from_config(MixtralConfig(**sizes, **heads)).save_pretrained(tmp_path)
    assert _widest(Skeleton(tmp_path)) == (96, 0.25)
