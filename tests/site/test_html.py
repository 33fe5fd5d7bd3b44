"""What the built pages must not contain; no browser needed."""

import re

import pytest

QUOTED = re.compile(r"<(pre|code|script|style)\b.*?</\1>", re.DOTALL)
BLOCK = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
LOAD = re.compile(
    r"<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=\"(?:https?:)?//[^\"]*|<link\b[^>]*>"
)


def directives_left(html: str) -> list[str]:
    return re.findall(r"\[\[[a-z]+[:\]][^\n]*", QUOTED.sub("", html))


def includes_left(html: str) -> list[str]:
    return [block for block in BLOCK.findall(html) if "--8&lt;--" in block]


def loads_from_elsewhere(html: str) -> list[str]:
    tags = [match[0] for match in LOAD.finditer(html)]
    return [tag for tag in tags if "//" in tag and 'rel="canonical"' not in tag]


GUARDS = {
    directives_left: "<p>[[r:03_gptq.x.y|.2f]]</p>",
    includes_left: '<pre><code>--8&lt;-- "x.py"</code></pre>',
    loads_from_elsewhere: '<script async src="https://cdn.example/x.js"></script>',
    re.compile(
        r"Traceback \(most recent call last\)"
    ).findall: "<pre>Traceback (most recent call last):</pre>",
}


@pytest.mark.parametrize("guard, bad", GUARDS.items(), ids=["directive", "include", "load", "traceback"])
def test_pages_are_clean(site, guard, bad):
    assert guard(bad), "the guard does not fire"
    for address in site.pages:
        assert not guard(site.html(address)), address


def test_every_page_of_the_navigation_is_built(site):
    assert {"", "404.html", "learn/", "learn/03-gptq/", "learn/03-gptq-lab/", "glossary/", "factcheck/"} <= {
        *site.pages
    }


def test_vendored_files_come_with_their_license(root):
    for folder in (root / "docs/assets/vendor").iterdir():
        assert (folder / "LICENSE").stat().st_size > 500, folder
        assert f"{folder.name}/LICENSE" in (root / "NOTICE").read_text(encoding="utf-8")
