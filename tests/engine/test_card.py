"""A model card that hubs can parse, and loading limits that follow the measured matrix."""

import pytest
import yaml

from fourbit.engine.card import card, loading_limits

LAYER = {"name": "model.layers.0.self_attn.q_proj", "d_out": 64, "d_in": 64, "bits": 4, "tokens": 512,
         "error": 1e-3, "rounding_error": 3e-3, "stored": "gptq", "notes": []}  # fmt: skip
RECIPE = {"method": "gptq", "bits": 4, "group_size": 64, "symmetric": True, "order": "activation",
          "static_groups": True, "damp": 0.01, "effort": "default", "format": "gptq", "rules": [],
          "head": False}  # fmt: skip


def record(layers=(LAYER,), **changes) -> dict:
    own = {key: changes.pop(key) for key in list(changes) if key in RECIPE}
    return {
        "base_model": "owner/name",
        "recipe": RECIPE | own,
        "calibration": {
            "source": "docs",
            "seed": 3,
            "tokens": 512,
            "windows": 4,
            "length": 128,
            "sha256": "ab" * 32,
        },
        "versions": {"fourbit": "0.1.0", "torch": "2.13.0"},
        "bytes_before": 8_000_000,
        "bytes_after": 2_500_000,
        "quantized_weights": 4096,
        "bits_per_weight": 4.396,
        "layers": list(layers),
        "quality": None,
    } | changes


def front_matter(text: str) -> dict:
    assert text.startswith("---\n")
    return yaml.safe_load(text.split("---\n")[1])


def test_front_matter_is_yaml_with_the_base_model():
    found = front_matter(card(record()))
    assert found["base_model"] == "owner/name" and found["base_model_relation"] == "quantized"
    assert {"gptq", "4-bit"} <= set(found["tags"])


@pytest.mark.parametrize("name", [None, "tiny"])
def test_only_a_hub_id_is_named_as_base(name):
    assert "base_model" not in front_matter(card(record(base_model=name)))


def test_method_calibration_and_versions_are_said():
    text = card(record())
    for part in ("8.0 MB became 2.5 MB", "4.396 bits", "512 tokens in 4 windows of 128, from `docs`",
                 "seed 3", "ab" * 32, "| torch | 2.13.0 |", "activation, static groups", "Not measured."):  # fmt: skip
        assert part in text, part
    assert "damping" not in card(record(method="rtn"))


def test_quality_is_told_with_its_interval_where_it_has_one():
    def of(value, low, high):
        return {"value": value, "low": low, "high": high}

    quality = {
        "text": "docs (evaluation part)",
        "tokens": 4088,
        "kl": of(0.0179, 0.0166, 0.0191),
        "kl_p99": 0.2345,
        "kl_above": of(0.021, 0.02, 0.03),
        "top1": of(0.916, None, None),
        "perplexity_ratio": of(1.0059, 0.99, 1.01),
        "perplexity": of(25.2, 20.0, 29.0),
    }
    text = card(record(quality=quality))
    assert "0.0179 (0.0166 to 0.0191)" in text and "| 91.6% |" in text
    assert "| 0.2345 |" in text and "| tokens where it is above 0.1 | 2.1% (2.0% to 3.0%) |" in text
    assert "4,088 tokens of docs (evaluation part)" in text


def test_few_rules_are_listed_and_many_are_counted():
    rules = [{"pattern": "layers.0.*", "bits": 8}, {"pattern": "v_proj", "bits": None}]
    text = card(record(rules=rules, layers=[LAYER, LAYER | {"bits": 8}]))
    assert "| `layers.0.*` | 8 bits |" in text and "| `v_proj` | not quantized |" in text
    many = [{"pattern": f"layers.{i}.q_proj", "bits": 8} for i in range(13)]
    text = card(record(rules=many, layers=[LAYER, LAYER | {"bits": 8}]))
    assert "layers.7" not in text and "| layers at 8 bits | 1 |" in text


@pytest.mark.parametrize(
    "changes, library, said",
    [
        ({}, "transformers", "loads it."),
        ({}, "gptqmodel", "loads it."),
        ({}, "autogptq", "loads it."),
        ({}, "vllm", "loads it, by the source"),
        ({"bits": 3, "layers": [LAYER | {"bits": 3}]}, "vllm", "refuses it"),
        ({"order": "activation", "static_groups": False}, "vllm", "refuses it"),
        ({"bits": 3, "layers": [LAYER | {"bits": 3}]}, "transformers", "loads it."),
        ({"symmetric": False, "format": "gptq_v2"}, "vllm", "refuses it"),
        ({"symmetric": False, "format": "gptq_v2"}, "autogptq", "reads it wrongly"),
        ({"symmetric": False, "format": "gptq_v2"}, "gptqmodel", "loads it."),
        ({"symmetric": False}, "gptqmodel", "refuses"),
        ({"symmetric": False}, "transformers", "loads it."),
        ({"layers": [LAYER, LAYER | {"bits": 8}]}, "transformers", "cannot load it"),
        ({"layers": [LAYER, LAYER | {"bits": 8}]}, "gptqmodel", "loads it."),
        ({"layers": [LAYER, LAYER | {"bits": 8}]}, "vllm", "loads it, by the source"),
        ({"rules": [{"pattern": "v_proj", "bits": None}]}, "transformers", "modules_in_block_to_quantize"),
        ({"head": True}, "transformers", "random LM head"),
        ({"head": True}, "autogptq", "reads it wrongly"),
    ],
)  # fmt: skip
def test_limits_follow_the_recipe(changes, library, said):
    assert said in loading_limits(record(**changes))[library]
    assert said in card(record(**changes))
