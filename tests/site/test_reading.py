"""What a reader does on a page: read formulas, ask for a term, copy, search."""

CHAPTER = "learn/03-gptq/"


def test_formulas_are_rendered_when_they_come_near(view):
    page = view(CHAPTER)
    formulas = page.locator("article .arithmatex")
    assert formulas.count() > 10
    assert "katex" not in formulas.last.inner_html()
    for formula in formulas.all():
        formula.scroll_into_view_if_needed()
    formulas.last.locator(".katex").wait_for()
    assert page.locator("article .katex-error").count() == 0
    assert page.locator("article .arithmatex:not(:has(.katex))").count() == 0


def test_output_has_no_copy_button_and_code_has_one(view):
    page = view(CHAPTER)
    page.locator("article .highlight:not(.fb-output) .md-code__nav").first.wait_for()
    assert page.locator("article .fb-output").count() > 0
    assert page.locator("article .fb-output .md-code__nav").count() == 0


def test_copying_a_console_block_yields_its_commands(view):
    page = view("")
    code = """<span class="gp">$ </span>fourbit vram tiny <span class="se">\\
</span><span class="gp">&gt; </span>  --context 64
<span class="go">weights 1</span>
<span class="gp">$ </span>ls
<span class="go">a.gguf</span>"""
    page.route("**/console/", lambda route: route.fulfill(content_type="text/html", body=_with(page, code)))
    page.goto(page.url + "console/", wait_until="networkidle")
    page.locator(".language-console .md-code__nav button").click()
    assert page.evaluate("navigator.clipboard.readText()") == "fourbit vram tiny \\\n  --context 64\nls"


def _with(page, code: str) -> str:
    """The page, with one console block for its article, as pymdownx.highlight would write it."""
    html = page.context.request.get(page.url).text().replace("<head>", f'<head><base href="{page.url}">')
    head, rest = html.split("<article", 1)
    block = f'<div class="language-console highlight"><pre><span></span><code>{code}\n</code></pre></div>'
    return f'{head}<article class="md-content__inner md-typeset">{block}</article>{rest.split("</article>", 1)[1]}'


def test_search_opens_and_finds_by_keyboard(view):
    page = view("")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("/")
    page.keyboard.type("quantization")
    page.locator(".md-search-result__link").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/*?h=quantization*")
    page.locator("article mark").first.wait_for(state="attached")
    assert any(url.endswith("search_index.json") for url in asked), "the index came before anyone searched"


def test_search_finds_an_error_and_a_command(view):
    for words, where in (("invalid magic characters", "errors/"), ("fourbit vram", "learn/")):
        page = view("")
        page.keyboard.press("/")
        page.keyboard.type(words)
        page.locator(f".md-search-result__link[href*='{where}']").first.wait_for(state="attached")


def test_a_wrong_address_offers_to_search_for_its_words(site, window):
    page = window()
    page.route(
        "**/learn/awq-scaling/**",
        lambda route: route.fulfill(body=site.html("404.html"), content_type="text/html"),
    )
    page.goto(f"{site.address}learn/awq-scaling/", wait_until="networkidle")
    page.locator(".fb-lost a").click()
    page.wait_for_url("**/?q=learn*")
    assert page.locator(".md-search__input").input_value() == "learn awq scaling"
