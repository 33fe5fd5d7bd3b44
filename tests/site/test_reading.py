"""What a reader does on a page: read formulas, ask for a term, copy, search."""

CHAPTER = "learn/03-gptq/"


def test_formulas_are_rendered(view):
    page = view(CHAPTER)
    assert page.locator("article .katex").count() > 0
    assert page.locator("article .katex-error").count() == 0
    assert page.locator("article .arithmatex:not(:has(.katex))").count() == 0


def test_a_term_explains_itself_by_keyboard(view):
    page = view(CHAPTER)
    term = page.locator("article abbr[tabindex='0']").first
    definition = term.get_attribute("title")
    term.focus()
    tooltip = page.locator(".md-tooltip2--active")
    tooltip.wait_for()
    assert definition and tooltip.inner_text().strip() == definition


def test_terms_are_tab_stops_once(view):
    stops = view(CHAPTER).locator("article abbr[tabindex='0']").all_inner_texts()
    assert stops and len(stops) == len(set(stops))


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
    page.keyboard.press("/")
    page.keyboard.type("quantization")
    page.locator(".md-search-result__link").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/*?h=quantization*")
    assert page.locator("article mark").count() > 0
