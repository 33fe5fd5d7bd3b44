"""Files made of quantized checkpoints; file and checkpoint bit by bit."""

import json
import shutil
from dataclasses import replace

import gguf
import numpy as np
import pytest
import torch
from gptq_checkpoints import amend, build, checkpoint, close, decoded, same, types
from safetensors.torch import save_file

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models
from fourbit.engine.checkpoint import gptq
from fourbit.engine.checkpoint.weights import Weights
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.llamacpp import Gguf
from fourbit.errors import UserError
from fourbit.gguf import exact, plan, verdicts
from fourbit.gguf.repack import examine, repack
from fourbit.grid import quantize_rtn


@pytest.mark.parametrize(
    ("bits", "symmetric", "kind", "verdict"),
    [
        (2, True, "Q4_0", "exact, wider"),
        (2, False, "Q4_0", "exact, wider"),
        (3, True, "Q4_0", "exact, wider"),
        (3, False, "Q4_0", "exact, wider"),
        (4, True, "Q4_0", "exact"),
        (4, False, "Q5_0", "exact, wider"),
        (8, True, "Q8_0", "exact"),
    ],
)
@pytest.mark.parametrize(("group", "stored_as"), [(32, "gptq"), (-1, "gptq_v2")])
def test_every_weight_is_the_checkpoints(tmp_path, bits, symmetric, kind, verdict, group, stored_as):
    folder = checkpoint(tmp_path / "model", build(), bits, group, symmetric, stored_as=stored_as)
    out = tmp_path / "out.gguf"
    report = repack(folder, out)
    layers = [row for row in report.rows if row.verdict != "kept"]
    assert len(layers) == 14 and {(row.type, row.verdict) for row in layers} == {(kind, verdict)}
    assert report.verified == sum(row.weights for row in report.rows) and not report.refused
    same(out, folder)
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["out.gguf"]
    field = gguf.GGUFReader(out).get_field("general.file_type")
    assert field.contents() == {"Q4_0": 2, "Q5_0": 8, "Q8_0": 7}[kind]
    close(out, folder)


def test_types_are_chosen_tensor_by_tensor(tmp_path):
    bits = {"q_proj": 2, "k_proj": 3, "o_proj": 8, "up_proj": None}
    folder = checkpoint(
        tmp_path / "model",
        build(),
        lambda name: bits.get(name.split(".")[-2], 4),
        dynamic={"-:.*up_proj": {}},
    )
    report = repack(folder, tmp_path / "out.gguf")
    found = types(report)
    assert [
        found[f"blk.1.{part}.weight"] for part in ("attn_q", "attn_k", "attn_output", "ffn_up", "ffn_down")
    ] == [
        "Q4_0",
        "Q4_0",
        "Q8_0",
        "F16",
        "Q4_0",
    ]
    assert report.count() == {"kept": 9, "exact, wider": 4, "exact": 8}
    same(tmp_path / "out.gguf", folder)


def test_same_checkpoint_same_bytes(tmp_path):
    folder = checkpoint(tmp_path / "model", build())
    repack(folder, tmp_path / "a.gguf")
    repack(folder, tmp_path / "b.gguf", verify=False)
    assert (tmp_path / "a.gguf").read_bytes() == (tmp_path / "b.gguf").read_bytes()


def test_q4_1_says_how_far_it_is_off(tmp_path):
    folder, out = checkpoint(tmp_path / "model", build(), symmetric=False), tmp_path / "out.gguf"
    report = repack(folder, out, asym="q4_1")
    found, layers = decoded(out), [row for row in report.rows if row.verdict != "kept"]
    assert {row.type for row in layers} == {"Q4_1"} and "inexact" in {row.verdict for row in layers}
    for row, tensor in zip(report.rows, plan.read(folder).tensors, strict=True):
        off = np.abs(found[row.name].astype(np.float64) - tensor.value()).max()
        assert off == row.difference and (off > 0) == (row.verdict == "inexact"), row.name
    assert 0 < max(row.difference for row in layers) < 1e-3


@pytest.mark.parametrize("accepted", ["q8_0", "f16"])
def test_asymmetric_8_bits_are_refused_or_rounded(tmp_path, accepted):
    folder, out = checkpoint(tmp_path / "model", build(), 8, symmetric=False), tmp_path / "out.gguf"
    with pytest.raises(
        verdicts.Refused, match=r"14 of 21 tensors.*model.layers.\{0-1\}.self_attn.q_proj"
    ) as refusal:
        repack(folder, out)
    assert list(tmp_path.iterdir()) == [folder]
    assert refusal.value.report.count() == {"kept": 7, "refused": 14}
    report = repack(folder, out, inexact=accepted)
    rows = {row.name: row for row in report.rows if row.verdict == "inexact"}
    assert len(rows) == 14 and {row.type for row in rows.values()} == {accepted.upper()}
    same(out, folder, but=rows)
    found = decoded(out)
    for tensor in plan.read(folder).tensors:
        if row := rows.get(tensor.name):
            assert np.abs(found[tensor.name].astype(np.float64) - tensor.value()).max() == row.difference > 0


def test_groups_of_the_wrong_size_and_scales_that_float16_lacks(tmp_path):
    folder = checkpoint(tmp_path / "model", build(), group=16)
    with pytest.raises(UserError, match="its groups of 16 columns are no multiple of 32"):
        repack(folder, tmp_path / "out.gguf")

    def change(name, q):
        return replace(q, scales=q.scales.astype(np.float32) * np.float32(1.001 if "k_proj" in name else 1))

    folder = checkpoint(tmp_path / "model", build(), change=change)
    with pytest.raises(UserError, match=r"2 of 21 tensors.*\{0-1\}.self_attn.k_proj: .* no float16 numbers"):
        repack(folder, tmp_path / "out.gguf")
    repack(folder, tmp_path / "out.gguf", inexact="q8_0")
    same(tmp_path / "out.gguf", folder, but={"blk.0.attn_k.weight", "blk.1.attn_k.weight"})


def test_a_damaged_scale_is_never_accepted(tmp_path):
    def change(name, q):
        return replace(q, scales=np.where("k_proj" in name, np.float16("inf"), q.scales))

    folder = checkpoint(tmp_path / "model", build(), change=change)
    with pytest.raises(
        UserError, match=r"layers.0.self_attn.k_proj: some of its scales are not finite; .* is damaged"
    ):
        repack(folder, tmp_path / "out.gguf", inexact="f16")


def test_bfloat16_scales(tmp_path):
    def change(name, q):
        return replace(q, scales=torch.from_numpy(q.scales).bfloat16().float().numpy())

    folder = checkpoint(tmp_path / "model", build(), change=change)
    assert set(repack(folder, tmp_path / "out.gguf").count()) == {"kept", "exact"}
    same(tmp_path / "out.gguf", folder)


def test_a_file_that_declares_the_other_format_is_read_as_it_is(tmp_path):
    folder = checkpoint(tmp_path / "model", build(), checkpoint_format="gptq")
    report = repack(folder, tmp_path / "out.gguf")
    assert 'declared "gptq", but its zero points are those of "gptq_v2"' in report.notes[0]
    same(tmp_path / "out.gguf", folder)


def test_embeddings_stay_exact_in_the_smallest_float(tmp_path):
    folder = checkpoint(tmp_path / "model", build())
    tensors = {
        name: Weights(folder).get(name, raw=True) for name in ("lm_head.weight", "model.embed_tokens.weight")
    }
    tensors["model.embed_tokens.weight"] = (
        tensors["model.embed_tokens.weight"].float() * 2.0**-20
    ).bfloat16()
    tensors["lm_head.weight"] = tensors["lm_head.weight"].float() / 3
    amend(folder, tensors)
    report = repack(folder, tmp_path / "out.gguf")
    assert types(report)["token_embd.weight"] == "BF16" and types(report)["output.weight"] == "F32"
    same(tmp_path / "out.gguf", folder)
    report = repack(folder, tmp_path / "out.gguf", keep="f16")
    rows = {row.name: row for row in report.rows}
    for name in ("token_embd.weight", "output.weight"):
        assert (rows[name].type, rows[name].verdict) == ("F16", "inexact") and rows[name].difference > 0
    same(tmp_path / "out.gguf", folder, but={"token_embd.weight", "output.weight"})


def test_a_tied_head_that_is_quantized_has_a_tensor_of_its_own(tmp_path):
    folder = checkpoint(tmp_path / "model", build(tie_word_embeddings=True))
    q = quantize_rtn(Weights(folder).get("model.embed_tokens.weight").numpy(), 8, 32)
    parts = {f"lm_head.{part}": tensor for part, tensor in gptq.tensors(q, "gptq").items()}
    amend(folder, parts | {"lm_head.weight": None})
    assert types(repack(folder, tmp_path / "out.gguf"))["output.weight"] == "Q8_0"
    same(tmp_path / "out.gguf", folder)


@pytest.mark.parametrize("fault", ["pack", "keep"])
def test_a_file_that_comes_back_changed_is_not_kept(tmp_path, monkeypatch, fault):
    folder = checkpoint(tmp_path / "model", build())
    if fault == "pack":
        honest = exact.pack

        def wrong(steps, kind):
            data = honest(steps, kind)
            data[-1, -1] ^= 16  # one step in one weight
            return data

        monkeypatch.setattr(exact, "pack", wrong)
    else:
        monkeypatch.setattr("fourbit.gguf.repack._holds", lambda kind, values: kind.name == "BF16")
    with pytest.raises(
        UserError, match=r"came back with [\d,]+ of [\d,]+ weights changed, by up to .* no file was kept"
    ):
        repack(folder, tmp_path / "out.gguf")
    assert list(tmp_path.iterdir()) == [folder]


def test_what_is_not_quantized_or_asked_wrongly_is_said(tmp_path):
    build().half().save_pretrained(tmp_path / "plain")
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny.MODEL / file, tmp_path / "plain")
    with pytest.raises(UserError, match="no layer is quantized, so there are no codes to keep"):
        examine(tmp_path / "plain")
    folder = checkpoint(tmp_path / "model", build())
    with pytest.raises(UserError, match="--inexact q4_k: must be q8_0 or f16"):
        examine(folder, inexact="q4_k")
    with pytest.raises(UserError, match="--asym q4_0: must be q5_0 or q4_1"):
        examine(folder, asym="q4_0")


def test_awq_is_held_in_q5_0(tmp_path):
    folder = checkpoint(tmp_path / "model", build(), symmetric=False)
    weights, state = Weights(folder), {}
    for name in weights.names:
        q = weights.quantized(name.removesuffix(".weight"))
        if q is None:
            state[name] = weights.get(name, raw=True)
            continue
        for part, values in (("qweight", q.codes.T), ("qzeros", q.zeros.T)):
            words = np.zeros((len(values), values.shape[1] // 8), np.uint32)
            for field, column in enumerate((0, 2, 4, 6, 1, 3, 5, 7)):
                words |= values[:, column::8].astype(np.uint32) << np.uint32(4 * field)
            state[f"{name.removesuffix('weight')}{part}"] = torch.from_numpy(words.view(np.int32))
        state[f"{name.removesuffix('weight')}scales"] = torch.from_numpy(q.scales.T.copy())
    save_file(state, folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "awq", "bits": 4, "group_size": 32, "version": "gemm"}
    (folder / "config.json").write_text(json.dumps(config))
    assert set(types(repack(folder, tmp_path / "out.gguf")).values()) == {"Q5_0", "F16", "F32"}
    same(tmp_path / "out.gguf", folder)


def test_the_bundled_model_quantized_by_gptq(tmp_path, fourbit):
    options = ("--effort", "fast", "--windows", 2, "--length", 128, "--no-gate", "--rule", "layers.0.*=3")
    ran = fourbit("quantize", "tiny", *options, "--out", tmp_path / "model")
    assert ran.returncode == 0, ran.stderr
    out = tmp_path / "out.gguf"
    assert set(repack(tmp_path / "model", out).count()) == {"kept", "exact", "exact, wider"}
    same(out, tmp_path / "model")
    tokens = tokenize(models.load_tokenizer(tiny.MODEL), tiny.text("docs", "evaluation"))
    with Gguf(out, 256) as runs:
        measured = evaluate(runs, cut(tokens, 256)[:2], models.load(tmp_path / "model"))
    assert 0 < measured.kl.value < 2e-3 and abs(measured.perplexity_ratio.value - 1) < 5e-3


def test_layers_are_named_together():
    experts = [f"model.layers.{i}.mlp.experts.{j}.up_proj" for i in (1, 2) for j in range(4)]
    assert verdicts.brief(experts) == "model.layers.{1-2}.mlp.experts.{0-3}.up_proj"
    odd = [*experts, "model.layers.3.mlp.experts.7.up_proj", "lm_head"]
    assert verdicts.brief(odd) == (
        "model.layers.{1-2}.mlp.experts.{0-3}.up_proj, model.layers.3.mlp.experts.7.up_proj, lm_head"
    )
    assert (
        verdicts.brief([f"model.layers.{i}.mlp.up_proj" for i in (0, 1, 2, 5)])
        == "model.layers.{0-2,5}.mlp.up_proj"
    )
