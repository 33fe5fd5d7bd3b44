"""Placement, advice, speed and the overheads of runtimes."""

import pytest

from fourbit.errors import UserError
from fourbit.vram import compute, devices, estimate, model, place, runtimes, tables
from fourbit.vram.lines import GIB, MIB, size, total
from fourbit.vram.place import FITS, NOT, OFFLOAD
from fourbit.vram.settings import Settings
from fourbit.vram.weights import Quant, weigh


def ask(name: str, gpu: str = "", quant: str = "Q4_K_M", context: int = 8192, **rest) -> estimate.Estimate:
    gpus = devices.read(gpu) if gpu else []
    settings = rest.pop("settings", None) or Settings(context)
    return estimate.estimate(model.from_table(name), Quant.parse(quant), settings, gpus, **rest)


def test_what_fits_whole():
    found = ask("llama-3.1-8b", "RTX 4090")
    assert found.placement.verdict == FITS
    assert found.placement.on_gpu == 33
    names = {line.name: line for line in found.lines}
    embedding = names["input embedding"]
    assert embedding.where == "ram"
    assert embedding.bytes + names["weights"].bytes == found.weights.total
    assert names["keys and values"].bytes == 32 * 8192 * 2 * 1024 * 2
    assert found.placement.bytes("gpu") == pytest.approx(5.75 * GIB, rel=0.01)


def test_a_tied_embedding_is_held_twice():
    found = ask("llama-3.2-1b", "RTX 4090")
    both = sum(line.bytes for line in found.lines if line.part == "weights")
    assert both == found.weights.total + found.weights.bytes["token_embd.weight"]


def test_layers_go_to_ram_until_the_rest_fits():
    found = ask("llama-3.3-70b", "RTX 4090").placement
    assert found.verdict == OFFLOAD
    assert 0 < found.on_gpu < 81
    assert found.experts_in_ram == 0
    assert found.bytes("gpu") <= 24 * GIB
    job = place.Job(
        model.from_table("llama-3.3-70b"),
        ask("llama-3.3-70b").weights,
        Settings(8192),
        devices.read("RTX 4090"),
    )
    assert place.place(job, layers=found.on_gpu + 1).verdict == NOT


def test_experts_go_to_ram_first_where_that_is_faster():
    found = ask("qwen3-30b-a3b", "RTX 4070").placement
    assert found.verdict == OFFLOAD
    assert found.on_gpu == 49
    assert found.experts_in_ram > 0
    plain = ask("qwen3-30b-a3b", "RTX 4070", layers=30, experts_in_ram=0).placement
    assert found.speed.decode > plain.speed.decode


def test_nothing_is_lost_between_memories():
    for layers in (0, 1, 10, 28, 29):
        found = ask("qwen2.5-7b", "RTX 3060 12gb", layers=layers)
        assert sum(line.bytes for line in found.lines if line.part == "weights") == found.weights.total
        cache = sum(line.bytes for line in found.lines if line.part == "cache")
        assert cache == pytest.approx(28 * 8192 * 2 * 512 * 2, abs=2)


def test_not_even_in_ram():
    found = ask("deepseek-v3", "RTX 4090", ram=64 * GIB)
    assert found.placement.verdict == NOT
    assert "no single card of the table has that" in found.advice[-1]
    assert ask("llama-3.1-8b", ram=4 * GIB).placement.verdict == NOT
    assert ask("llama-3.1-8b", ram=8 * GIB).placement.verdict == FITS


def test_two_cards_are_more_than_one():
    assert ask("llama-3.3-70b", "RTX 3090").placement.verdict == OFFLOAD
    two = ask("llama-3.3-70b", "2 x RTX 3090")
    assert two.placement.verdict == FITS
    driver = next(line for line in two.lines if line.name == "driver")
    assert driver.bytes == 2 * 350 * MIB


def test_the_largest_context_fits_and_the_next_does_not():
    found = ask("llama-3.1-8b", "8GB")
    assert found.placement.verdict == FITS
    job = place.Job(model.from_table("llama-3.1-8b"), found.weights, Settings(8192), devices.read("8GB"))
    most = place.most_context(job)
    assert f"up to {most:,} tokens of context fit with Q4_K_M" in found.advice
    assert ask("llama-3.1-8b", "8GB", context=most).placement.verdict == FITS
    assert ask("llama-3.1-8b", "8GB", context=most + 256).placement.verdict == OFFLOAD


def test_the_best_quantization_fits_and_the_next_does_not():
    model_, gpus = model.from_table("qwen3-14b"), devices.read("RTX 4070")
    job = place.Job(model_, ask("qwen3-14b").weights, Settings(8192), gpus)
    best = place.best_quant(job)
    assert best in place.QUANTS
    assert ask("qwen3-14b", "RTX 4070", best).placement.verdict == FITS
    better = place.QUANTS[place.QUANTS.index(best) - 1]
    assert ask("qwen3-14b", "RTX 4070", better).placement.verdict != FITS


def test_advice_that_is_given_works():
    found = ask("llama-3.1-8b", "RTX 4060", context=65536)
    assert found.placement.verdict == OFFLOAD
    text = " ".join(found.advice)
    context = int(text.split("--context ")[1].split(":")[0])
    assert ask("llama-3.1-8b", "RTX 4060", context=context).placement.verdict == FITS


def test_speed_is_bytes_over_bandwidth():
    found = ask("llama-3.1-8b", "24GB@1000")
    read = found.weights.total - found.weights.bytes["token_embd.weight"] + 32 * 8192 * 2 * 1024 * 2
    assert found.placement.speed.decode == pytest.approx(1e12 / read, rel=1e-6)
    assert found.placement.speed.prefill == 0
    assert ask("llama-3.1-8b", "24GB").placement.speed.decode == 0
    in_blocks = 32 * (2 * 4096 * 4096 + 2 * 1024 * 4096 + 3 * 14336 * 4096)  # the head is for the last token only
    prefill = ask("llama-3.1-8b", "RTX 4090").placement.speed.prefill
    assert prefill == pytest.approx(165.2e12 / (2 * in_blocks), rel=1e-3)  # norms are small


def test_an_8b_at_150_gb_a_second_makes_no_55_tokens():
    assert ask("llama-3.1-8b", "24GB@150", context=256).placement.speed.decode < 35


def test_experts_are_read_by_their_share():
    found = ask("qwen3-30b-a3b", "24GB@1000")
    assert found.model.active / 1e9 == pytest.approx(3.04, abs=0.05)  # 3.3 billion with the embedding
    dense = ask("qwen3-32b", "24GB@1000")
    assert found.placement.speed.decode > 4 * dense.placement.speed.decode


def test_a_mac_gives_its_gpu_a_part():
    (mac,) = devices.read("m4-max-40-64gb")
    assert mac.memory == 48 * GIB
    assert "75% of 64 GB" in mac.note
    (small,) = devices.read("m2-16gb")
    assert small.memory == round(16 * GIB * 2 / 3)


def test_a_cpu_by_name_is_ram():
    found = ask("llama-3.1-8b", "ddr5-6000-dual")
    assert found.placement.verdict == FITS
    assert not [line for line in found.lines if line.where == "gpu"]
    assert found.placement.speed.decode == pytest.approx(16.9, abs=0.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("RTX 9999", "'RTX 9999' is no GPU, Mac or CPU of the table; near it: "),
        ("0 x RTX 3090", "from 1 to 64 cards"),
        ("0GB", "no size of a memory in GB"),
        ("-5GB", "'-5GB' is no GPU"),
        ("", "'' is no GPU"),
    ],
)
def test_hardware_that_is_none(text, message):
    with pytest.raises(UserError, match=message):
        devices.read(text)


def test_this_machine_is_read():
    found = devices.read("auto")
    assert found[0].memory > GIB / 2


def test_nvidia_smi_is_read(monkeypatch):
    monkeypatch.setattr(
        devices, "_run", lambda *_: "NVIDIA GeForce RTX 4090, 24564\nNVIDIA A100-SXM4-80GB, 81920\n"
    )
    monkeypatch.setattr(devices.sys, "platform", "linux")
    first, second = devices.here()
    assert (first.name, first.memory, first.bandwidth) == ("NVIDIA GeForce RTX 4090", 24564 * MIB, 1008)
    assert second.memory == 81920 * MIB


def test_vllm_takes_its_share_of_the_card():
    settings = Settings(8192, runtime="vllm")
    whole = ask("qwen2.5-7b", "24GB", "bf16", settings=settings)
    assert whole.placement.verdict == FITS
    assert ask("qwen2.5-7b", "17GB", "bf16", settings=settings).placement.verdict == NOT
    cache = next(line for line in whole.lines if line.part == "cache")
    assert cache.bytes == 28 * 8192 * 2 * 512 * 2


def test_transformers_keeps_windows_and_no_padding():
    settings = Settings(5000, runtime="transformers")
    found = ask("gemma-3-12b", "80GB", "bf16", settings=settings)
    cache = [line.bytes for line in found.lines if line.part == "cache"]
    assert cache == [8 * 5000 * 2 * 2048 * 2, 40 * 1024 * 2 * 2048 * 2]
    eager = ask("gemma-3-12b", "80GB", "bf16", settings=Settings(5000, runtime="transformers", flash=False))
    assert "attention scores" in {line.name for line in eager.lines}


def test_quantizing_is_counted_as_the_engine_plans_it():
    pytest.importorskip("torch")
    from fourbit.engine import estimate as plan
    from fourbit.engine.walk import inputs

    assert (runtimes.SQUARE, runtimes.DENSE, runtimes.BATCH) == (plan.SQUARE, plan.DENSE, plan.BATCH)
    assert (runtimes.BATCH_TOKENS, runtimes.HESSIAN) == (inputs.BATCH_TOKENS, inputs.HESSIAN_BYTES)
    found = ask("llama-3.1-8b", quant="bf16", settings=Settings(2048, runtime="quantize"))
    assert found.placement is None
    by_name = {line.name: line.bytes for line in found.lines}
    assert by_name["largest block"] == 4 * (4096 * 4096 * 2 + 4096 * 1024 * 2 + 3 * 4096 * 14336 + 2 * 4096)
    assert by_name["embeddings and norms"] == 4 * (2 * 128256 * 4096 + 4096 + 64)
    hessians = 40 * 14336**2 + 8 * 4096**2 + 36 * 4096 * 14336  # w_down being solved, the sum of the others
    assert by_name["Hessians and a solve"] == hessians
    assert by_name["activations"] == 8 * 4 * 2048 * 14336
    assert total(found.lines) < 4 * found.model.parameters  # in float32 it would be all of the model


def test_every_line_says_how_it_comes_about():
    for name in (
        "llama-3.1-8b",
        "deepseek-v3",
        "gemma-3n-e4b",
        "qwen3.5-9b",
        "falcon-mamba-7b",
        "gpt-oss-120b",
    ):
        for runtime in ("llama.cpp", "vllm", "transformers"):
            for line in ask(
                name, "RTX 4090", "bf16", settings=Settings(4096, runtime=runtime), advise=False
            ).lines:
                assert line.formula and line.reference
                assert line.low <= line.bytes <= line.high
                assert line.exact or line.reason


def test_a_matrix_of_quantizations_and_contexts():
    read = model.from_table("llama-3.1-8b")
    rows = estimate.compare(read, ("Q8_0", "Q4_K_M"), (4096, 8192), Settings(4096), devices.read("8GB"))
    assert [(row["quant"], row["context"]) for row in rows] == [
        ("Q8_0", 4096),
        ("Q8_0", 8192),
        ("Q4_K_M", 4096),
        ("Q4_K_M", 8192),
    ]
    assert rows[1]["bytes"] > rows[0]["bytes"] > rows[2]["bytes"]
    assert rows[0]["verdict"] == OFFLOAD
    assert rows[2]["verdict"] == FITS


def test_every_model_of_the_table_has_an_answer():
    for name in tables.names("models.toml"):
        found = ask(name, "RTX 4090", context=4096, advise=False)
        assert found.placement.verdict in (FITS, OFFLOAD), name
        assert found.placement.speed.decode > 0


def test_sizes_are_written_with_three_digits():
    assert [size(n) for n in (0, 512, 1536, 10 * MIB, 4.58 * GIB, 24 * GIB, 377 * GIB)] == [
        "0 B",
        "512 B",
        "1.50 KiB",
        "10.0 MiB",
        "4.58 GiB",
        "24.0 GiB",
        "377 GiB",
    ]


@pytest.mark.parametrize(
    ("name", "settings", "told"),
    [
        ("qwen3.6-27b", Settings(32768), 154.02),  # flash attention: the feed-forward part is widest
        ("qwen3.6-27b", Settings(32768, ubatch=128), 38.50),
        ("granite-3.3-8b", Settings(32768, flash=False), 2144.00),  # without: the scores are
    ],
)
def test_buffers_on_a_gpu_are_those_of_published_logs(name, settings, told):
    """MiB of llama.cpp's CUDA buffers as people posted them."""
    line = compute.lines(model.from_table(name).dims, settings, gpu=True)[0]
    assert line.bytes / MIB == pytest.approx(told, abs=0.1)


def test_layers_are_not_split_between_gpus():
    assert ask("llama-3.1-70b", "2 x 24GB@900").placement.verdict == FITS
    found, quant = model.from_table("llama-3.1-70b"), Quant.parse("Q4_K_M")
    uneven = devices.read("36GB@900 + 40 x 1GB@900")  # beside its buffers, none of the small ones has room for a layer
    job = place.Job(found, weigh(found, quant), Settings(2048), uneven)
    whole = place.place(job, layers=81)
    assert whole.bytes("gpu") <= job.memory
    assert whole.verdict == NOT
    assert place.place(job).verdict == OFFLOAD


def test_the_smallest_of_several_decides_in_vllm():
    vllm = Settings(8192, runtime="vllm")
    assert ask("llama-3.1-8b", "24GB@900 + 24GB@900", "bf16", settings=vllm).placement.verdict == FITS
    assert ask("llama-3.1-8b", "40GB@900 + 8GB@900", "bf16", settings=vllm).placement.verdict == NOT
