"""The calculator: type, choose, share, go back, paste, drop; without JavaScript, without a network."""

import base64
import json
import shlex
import struct

import pytest
from address import address_now
from axe_playwright_python.base import AXE_SCRIPT

from fourbit.vram import devices, estimate, model, settings, tables, weights
from fourbit.vram.lines import size, total

PAGE = "tools/will-it-run/"


@pytest.fixture
def run(view):
    """Opens the page, waits for its answer and for what would help."""

    def open_page(query: str = "", **how):
        page = view(PAGE + query, **how)
        return ready(page)

    return open_page


def ready(page):
    page.wait_for_selector("#fb-vram[data-ready=true]")
    return page


def verdict(page) -> str:
    return ready(page).locator(".fb-vram-verdict").inner_text()


def told(name="llama-3.1-8b", quant="Q4_K_M", gpu="rtx-3060-12gb", ram=32, **asked):
    """What Python says to the same question."""
    asked = settings.Settings(**{"context": 8192} | asked)
    kind = weights.Quant.parse(quant, quant.startswith("IQ"))
    return estimate.estimate(model.from_table(name), kind, asked, devices.read(gpu), ram=ram << 30)


def choose(page, field: str, text: str) -> None:
    page.locator(f"#fb-vram-{field}").click()
    page.keyboard.type(text)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def sizes(page) -> list[str]:
    return ready(page).locator(".fb-vram-size").all_inner_texts()


def test_the_first_answer_is_python_s(run):
    page, wanted = run(), told()
    assert verdict(page) == "Fits"
    assert sizes(page) == [size(line.bytes) for line in wanted.lines]
    assert f"{wanted.placement.speed.decode:.1f} tokens/s" in page.locator(".fb-vram-speed").inner_text()
    assert size(total(wanted.lines, where="gpu")) in page.locator(".fb-vram-label").first.inner_text()
    assert (
        int(page.locator("#fb-vram").get_attribute("data-took")) < 1500
    )  # loaded machines; idle: see the report


def test_every_line_says_its_formula_and_where_it_is_from(run):
    page = run()
    page.get_by_role("button", name="Explain all").click()
    shown = page.locator(".fb-vram-lines").inner_text()
    for line in told().lines:
        assert line.formula in shown and line.reference in shown and line.reason in shown


def test_a_change_is_answered_at_once(run):
    page = run()
    took = page.evaluate(
        """() => {
          const field = document.getElementById("fb-vram-quant");
          const times = ["Q8_0", "Q5_K_M", "IQ2_M", "Q4_K_M"].map((value) => {
            const start = performance.now();
            field.value = value;
            field.dispatchEvent(new Event("change"));
            return performance.now() - start;
          });
          return Math.min(...times);
        }"""
    )
    assert took < 300


def test_models_and_cards_are_chosen_by_typing(run):
    page = run()
    choose(page, "model", "qwen3 32")
    choose(page, "gpu", "4090")
    wanted = told("qwen3-32b", gpu="rtx-4090")
    assert verdict(page) == "Fits" and sizes(page) == [size(line.bytes) for line in wanted.lines]
    assert "model=qwen3-32b" in address_now(page) and "gpu=rtx-4090" in address_now(page)
    choose(page, "model", "llama 405")
    assert verdict(page).startswith("Does not fit")
    assert "too much" in page.locator(".fb-vram-label").first.inner_text()


def test_every_model_is_in_the_list(run):
    page = run()
    page.locator("#fb-vram-model").click()
    assert page.locator("#fb-vram-model-list li").count() == len(tables.models())
    for name in ("kimi-linear-48b-a3b", "gemma-3-270m", "codestral-mamba-7b"):
        page.locator("#fb-vram-model").fill(tables.models()[name]["name"])
        assert page.locator("#fb-vram-model-list li").count() >= 1
    page.keyboard.press("Escape")
    assert page.locator("#fb-vram-model").input_value() == "Llama 3.1 8B"
    assert page.locator("#fb-vram-model-list").is_hidden()


def test_a_size_serves_as_a_card(run):
    page = run()
    page.locator("#fb-vram-gpu").fill("10GB@500")
    page.keyboard.press("Tab")
    wanted = told(gpu="10GB@500")
    assert verdict(page) == "Fits"
    assert f"{wanted.placement.speed.decode:.1f} tokens/s" in page.locator(".fb-vram-speed").inner_text()


def test_an_address_brings_its_answer_back_and_so_does_the_back_button(run):
    page = run("?model=gemma-3-27b&quant=Q5_K_M&context=16384&cache=q8_0&gpu=rtx-3090&cards=2&flash=1")
    wanted = told("gemma-3-27b", "Q5_K_M", "2 x rtx-3090", context=16384, type_k="q8_0", type_v="q8_0")
    assert sizes(page) == [size(line.bytes) for line in wanted.lines]
    first = address_now(page)
    page.locator("#fb-vram-quant").select_option("Q8_0")
    ready(page)
    choose(page, "model", "qwen3 0.6")
    ready(page)
    page.go_back()
    ready(page)
    assert page.locator("#fb-vram-model").input_value() == "Gemma 3 27B (text part)"
    assert page.locator("#fb-vram-quant").input_value() == "Q8_0"
    page.go_back()
    assert sizes(page) == [size(line.bytes) for line in wanted.lines] and "Q5_K_M" in address_now(page)
    page.get_by_role("button", name="Copy a link").click()
    assert page.evaluate("navigator.clipboard.readText()") == address_now(page)
    assert "model=gemma-3-27b" in first


def test_what_is_typed_is_one_step_back(run):
    page = run()
    page.locator("#fb-vram-context").click()
    for text in ("4", "40", "4096"):
        page.locator("#fb-vram-context").fill(text)
        page.wait_for_url(f"**context={text}")
    page.go_back()
    ready(page)
    assert "context" not in address_now(page) and page.locator("#fb-vram-context").input_value() == "8192"


def test_what_would_help_can_be_taken(run):
    page = run("?model=qwen3-32b&gpu=rtx-3090&quant=Q8_0&ram=64")
    wanted = told("qwen3-32b", "Q8_0", "rtx-3090", ram=64)
    best = next(text for text in wanted.advice if text.startswith("--quant")).split()[1].rstrip(":")
    assert verdict(page).startswith("Fits with offload with")
    page.get_by_role("button", name=f"Quantization {best}").click()
    assert verdict(page).startswith("Fits") and f"quant={best}" in address_now(page)
    assert "offload" not in verdict(page)


def test_the_command_says_the_same(run, fourbit):
    page = run("?model=qwen3-30b-a3b&gpu=rtx-4060&ram=32&context=16384&cache=q8_0")
    command = shlex.split(page.locator(".fb-vram-command").inner_text())
    assert command[:2] == ["fourbit", "vram"]
    said = json.loads(fourbit(*command[1:-1], "--json").stdout)
    assert sizes(page) == [size(line["bytes"]) for line in said["lines"]]
    assert said["verdict"] == "fits with offload" and f"--n-cpu-moe {said['experts_in_ram']}" in verdict(page)


def open_own(page):
    page.get_by_text("Another model:").click()


def test_a_pasted_config_is_counted_and_shared(run):
    page = run()
    open_own(page)
    config = tables.models()["phi-4"]["config"]
    page.locator("#fb-vram-paste").fill(json.dumps(config, indent=2))
    page.wait_for_url("**config=*")
    wanted = [size(line.bytes) for line in told("phi-4").lines]
    assert sizes(page) == wanted
    assert sizes(run("?" + address_now(page).split("?")[1])) == wanted


@pytest.mark.parametrize(
    "text, said",
    [
        ("{ not JSON", "This is no JSON"),
        ('["a", "list"]', "holds an object"),
        ('{"hidden_size": "wide"}', "'hidden_size' of the config is 'wide', not a whole number"),
        ('{"architectures": ["LlamaForCausalLM"]}', "the config has no 'hidden_size'"),
    ],
)
def test_a_bad_paste_is_explained(run, text, said):
    page = run()
    open_own(page)
    page.locator("#fb-vram-paste").fill(text)
    page.wait_for_function("document.getElementById('fb-vram-said').textContent")
    assert said in page.locator("#fb-vram-said").inner_text()
    assert verdict(page) == "Fits"  # the answer before stays


def test_an_unknown_architecture_is_said_to_be_a_guess(run):
    page = run()
    open_own(page)
    config = tables.models()["llama-3.1-8b"]["config"] | {"architectures": ["NewForCausalLM"]}
    page.locator("#fb-vram-paste").fill(json.dumps(config))
    page.wait_for_url("**config=*")
    assert "NewForCausalLM is not known" in ready(page).locator(".fb-vram-warning").first.inner_text()


def gguf() -> bytes:
    """A small file by hand: two layers, F16, and some vocabulary to skip."""
    embed, feed, vocab = 256, 512, 1000

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    numbers = {
        "block_count": 2, "embedding_length": embed, "feed_forward_length": feed, "context_length": 2048,
        "attention.head_count": 4, "attention.head_count_kv": 2,
    }  # fmt: skip
    keys = [text("general.architecture") + struct.pack("<I", 8) + text("llama")]
    keys += [text(f"llama.{key}") + struct.pack("<II", 4, value) for key, value in numbers.items()]
    words = struct.pack("<IIQ", 9, 8, vocab) + b"".join(text(f"w{i}" * 500) for i in range(vocab))
    keys.append(text("tokenizer.ggml.tokens") + words)
    shapes = {"token_embd.weight": (vocab, embed), "output_norm.weight": (embed,)}
    for i in range(2):
        names = {
            "attn_norm": (embed,), "attn_q": (embed, embed), "attn_k": (128, embed), "attn_v": (128, embed),
            "attn_output": (embed, embed), "ffn_norm": (embed,), "ffn_gate": (feed, embed), "ffn_up": (feed, embed),
            "ffn_down": (embed, feed),
        }  # fmt: skip
        shapes |= {f"blk.{i}.{name}.weight": shape for name, shape in names.items()}
    infos, offset = b"", 0
    for name, shape in shapes.items():
        infos += (
            text(name)
            + struct.pack(f"<I{len(shape)}Q", len(shape), *shape[::-1])
            + struct.pack("<IQ", 1, offset)
        )
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        offset += -(-2 * count // 32) * 32
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(keys)) + b"".join(keys) + infos
    return head + bytes(-len(head) % 32) + bytes(offset)


DROP = """([name, text]) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const given = new DataTransfer();
  given.items.add(new File([bytes], name));
  const root = document.getElementById("fb-vram");
  root.dispatchEvent(new DragEvent("dragover", { dataTransfer: given, bubbles: true, cancelable: true }));
  root.dispatchEvent(new DragEvent("drop", { dataTransfer: given, bubbles: true, cancelable: true }));
}"""


def drop(page, name: str, octets: bytes) -> None:
    page.evaluate(DROP, [name, base64.b64encode(octets).decode()])


def test_a_dropped_gguf_is_read_here(run, tmp_path):
    page, octets = run(), gguf()
    (tmp_path / "small.gguf").write_bytes(octets)
    page.context.set_offline(True)  # nothing can be sent
    drop(page, "small.gguf", octets)
    page.wait_for_url("**model=file*")
    wanted = estimate.estimate(
        model.from_gguf(tmp_path / "small.gguf"),
        None,
        settings.Settings(8192),
        devices.read("rtx-3060-12gb"),
        ram=32 << 30,
    )
    assert sizes(page) == [size(line.bytes) for line in wanted.lines]
    assert "as the file lists them" in page.locator(".fb-vram-lines").text_content()
    page.locator("#fb-vram-quant").select_option("Q8_0")
    assert "8.50 bits" in ready(page).locator(".fb-vram-what").inner_text() or "Q8_0" in address_now(page)


@pytest.mark.parametrize(
    "octets, said",
    [
        (b"<html>login", "a web page, not a model"),
        (gguf()[:-5000], "truncated: 5,000"),
        (b"", "empty or all zeros"),
    ],
    ids=["page", "cut", "empty"],
)
def test_a_dropped_file_that_is_none_is_explained(run, octets, said):
    page = run()
    drop(page, "x.gguf", octets)
    page.wait_for_function(
        f"document.getElementById('fb-vram-said').textContent.includes({json.dumps(said)})"
    )
    assert verdict(page) == "Fits"


def test_a_link_to_a_file_says_that_it_is_not_here(run):
    assert "a link cannot carry it" in verdict(run("?model=file"))


@pytest.mark.parametrize(
    "query, said",
    [
        ("?model=gpt-9", "'gpt-9' is no model of the table"),
        ("?gpu=voodoo", "'voodoo' is no GPU, Mac or CPU"),
        ("?context=-4", "context is -4"),
        ("?context=words", "context is 0"),
        ("?ram=-1", "RAM is -1"),
        ("?layers=few", "Layers on the GPU is few"),
        ("?cards=99", "from 1 to 64 cards"),
        ("?quant=Q9", "'Q9' is no quantization"),
        ("?model=config&config=[", "This is no JSON"),
    ],
)
def test_a_bad_address_is_explained(run, query, said):
    assert said in verdict(run(query))


def test_without_javascript_there_is_a_table(site, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address + PAGE)
    table = page.locator("#fb-vram-table table").first
    assert "Llama 3.1 8B" in table.inner_text() and "in part" in table.inner_text()
    assert page.locator("#fb-vram").is_hidden()
    context.close()


def test_nothing_is_asked_of_anyone_else_and_the_page_is_light(site, browser):
    context, asked = browser.new_context(), {}
    page = context.new_page()
    page.on("response", lambda answer: asked.update({answer.url: len(answer.body())}))
    page.goto(site.address + PAGE, wait_until="networkidle")
    ready(page)
    assert all(url.startswith(site.address) for url in asked)
    own = {url: count for url, count in asked.items() if "/js/vram" in url}
    assert len(own) == 9 and sum(own.values()) < 400_000  # about a fifth of it when compressed
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_at_390_pixels_nothing_sticks_out(run, scheme):
    page = run("?model=qwen3-235b-a22b", width=390, scheme=scheme)
    page.get_by_role("button", name="Explain all").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    heights = page.evaluate(
        "[...document.querySelectorAll('#fb-vram :is(button, select, input:not([type=checkbox]))')]"
        ".map((field) => field.getBoundingClientRect().height).filter(Boolean)"
    )
    assert min(heights) >= 28


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_everyone_can_use_it_with_everything_open(run, width, scheme):
    page = run("?model=llama-3.1-405b&context=999999", width=width, scheme=scheme)
    page.evaluate("for (const one of document.querySelectorAll('#fb-vram details')) one.open = true")
    page.locator("#fb-vram-gpu").click()
    page.keyboard.press("ArrowDown")
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run('#fb-vram')")
    assert found["passes"]
    assert [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]] == []


def test_it_works_with_the_keyboard_alone(run):
    page = run()
    page.locator("#fb-vram-model").focus()
    page.keyboard.type("gpt-oss 20")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "fb-vram-quant"
    page.keyboard.press("Tab")
    page.keyboard.type("4096")
    page.keyboard.press("Tab")
    ready(page)
    assert page.locator("#fb-vram-model").input_value() == "gpt-oss 20B"
    assert "context=4096" in address_now(page)
    page.locator(".fb-vram-line summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".fb-vram-line").first.get_attribute("open") is not None
