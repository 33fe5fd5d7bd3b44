"""The glossary: what is marked on a page and what is not, what the lint refuses, the page itself, the real terms."""

import re
from pathlib import Path

import pytest
from minibook import FILES, render, write

from fourbit.book.contents import Contents
from fourbit.book.glossary import Entry, Term, check_terms
from fourbit.book.page import Page
from fourbit.errors import UserError

ONE = "docs/learn/01-memory-wall.md"
KV = "The keys and values of past tokens."
MARK = re.compile(r'<abbr class="fb-term" tabindex="0" title="([^"]*)">([^<]*)</abbr>')


def marked(book, text: str) -> list[str]:
    return [text for _, text in MARK.findall(render(book, text))]


def test_the_first_use_carries_the_definition(book):
    html = render(book, "A KV cache. The *KV cache* and a token.")
    assert MARK.findall(html) == [(KV, "KV cache"), ("A piece of text.", "token")]
    assert "The <em>KV cache</em> and a <abbr" in html


@pytest.mark.parametrize(
    "text, words",
    [
        ("KV caches", ["KV caches"]),
        ("Tokens\n\ntokens", ["Tokens"]),
        ("a KV\ncache", ["KV\ncache"]),
        ("KV cache's, \u201ctoken\u201d", ["KV cache", "token"]),
        ("**a** KV cache **token** token", ["KV cache", "token"]),
        ("- a\n- token\n\n> KV cache", ["token", "KV cache"]),
        ("tokenizer, sub-token, token-wise, x.token, token_id, kv cache, KV Cache", []),
        ("# KV cache", []),
        ("`KV cache` [KV cache](index.md) ![KV cache](x.svg)", []),
        ("```{.text .sketch}\nKV cache\n```\n\n    KV cache", []),
        ('!!! note "KV cache"\n    token', ["token"]),
        ("| token |\n|---|\n| KV cache |", ["KV cache"]),
        ("*[Other]: A KV cache.", []),
    ],
)
def test_what_is_marked(book, text, words):
    assert marked(book, text) == words


def test_math_is_left_alone(book):
    import markdown

    text = "\\(token\\) $token$ token"
    extensions = ["pymdownx.arithmatex", "fourbit.book.markdown"]
    options = {"pymdownx.arithmatex": {"generic": True}, "fourbit.book.markdown": {"root": str(book)}}
    html = markdown.markdown(text, extensions=extensions, extension_configs=options)
    assert len(MARK.findall(html)) == 1 and html.count('<span class="arithmatex">') == 2


@pytest.mark.parametrize(
    "name, form",
    [
        ("Importance matrix", "importance matrices"),
        ("Vocabulary", "vocabularies"),
        ("Code book", "code books"),
        ("K-quant", "K-quants"),
        ("Batch", "batches"),
        ("VRAM", "VRAM"),
        ("Static groups", "static groups"),
    ],
)
def test_plurals_and_case(name, form):
    forms = Term(name, "", Page("a.md", ""), 1, Entry()).forms
    assert form in forms and name in forms


@pytest.mark.parametrize("name", ["GPTQ", "vLLM", "KV cache", "E2M1"])
def test_a_name_with_one_spelling_has_no_other(name):
    forms = Term(name, "", Page("a.md", ""), 1, Entry()).forms
    assert forms == {name, f"{name}s"}


def entries(book, text: str) -> None:
    write(book, "docs/glossary.toml", text)


def test_a_word_with_other_senses_is_marked_on_its_pages_only(book):
    page = (
        FILES[ONE]
        .replace("*[KV", "*[Block]: Some weights.\n*[KV")
        .replace("A KV cache is", "A block of a KV cache is")
    )
    write(book, ONE, page)
    entries(book, FILES["docs/glossary.toml"] + '[Block]\nrelated = ["Token"]\nonly = ["learn/01"]\n')
    assert problems(book) == []
    terms = {term.name: term for term in Contents(book).terms}
    assert terms["Block"].means(ONE) and not terms["Block"].means("docs/index.md")
    assert terms["Token"].means("docs/index.md")


def test_the_page(book):
    html = render(book, "[[glossary]]")
    assert '<h2 id="letter-k">K</h2>\n<h3 id="kv-cache">KV cache</h3>\n<p>' in html
    assert '<p id="fb-letters"><a href="#letter-k">K</a> <a href="#letter-t">T</a></p>' in html
    assert "<p><strong>Not to be taken for</strong> prompt caching.</p>" in html
    taught = '<a href="01-memory-wall.md">Chapter 1: The Memory Wall</a>.<br />'
    see = '<strong>See also:</strong> <a href="#token">Token</a>.</p>'
    assert (
        f'<p class="fb-defined"><strong>Unit:</strong> bytes.<br />\n<strong>Introduced in</strong> {taught}\n{see}'
        in html
    )


def test_the_section_that_introduces_a_term_is_linked(book):
    section = "## Rounds & more\n\nRTN rounds.\n\n*[RTN]: Rounding.\n\n## Exercise\n"
    write(book, ONE, FILES[ONE].replace("## Exercise\n", section))
    html = render(book, "[[glossary]]")
    assert '<a href="01-memory-wall.md#rounds-more">Rounds &amp; more</a>.' in html


def test_a_term_may_wait_for_its_chapter(book):
    entries(book, FILES["docs/glossary.toml"] + "chapter = 2\n")
    assert problems(book) == []
    assert "<strong>Introduced in</strong> chapter 2: GPTQ (in preparation)." in render(book, "[[glossary]]")


def problems(book) -> list[str]:
    return [f"{one.page}:{one.line}: {one.expected}, {one.found}" for one in check_terms(Contents(book))]


MORE = "docs/glossary.md:5: "
FAULTY = {
    "*[KV caches]: Again.": "one definition of each term, 'KV caches', also defined at docs/learn/01-memory-wall.md:21",
    "*[token]: Again.": "one definition of each term, 'token', also defined at docs/glossary.md:5",
    "*[RTN]: Round `x`.": "a plain definition, markup in that of 'RTN'",
    "*[RTN]: Round. To nearest.": "one sentence for 'RTN', 'Round. To nearest.'",
    "*[RTN]: Round to nearest": "one sentence for 'RTN', 'Round to nearest'",
    "*[RTN]: A token.": "related terms of 'RTN', none",
    "*[Alone]: A token.": "a term that another page or term uses, 'Alone', which nothing there uses",
}


@pytest.mark.parametrize("line", FAULTY)
def test_faulty_definitions(book, line):
    write(
        book,
        "docs/glossary.md",
        f"# Glossary\n\n[[glossary]]\n\n*[Token]: A piece of text, as in RTN.\n{line}\n",
    )
    assert f"docs/glossary.md:6: {FAULTY[line]}" in problems(book)


@pytest.mark.parametrize(
    "more, problem",
    [
        ("[Tokn]\n", "docs/glossary.toml:1: the name of a defined term, 'Tokn'"),
        (
            "only = ['learn/']\nrelated = ['KV']\n",
            f"{MORE}related terms of 'Token', 'KV', which is no other term",
        ),
        ("chapter = 1\n", f"{MORE}'Token' in its chapter, it here"),
        ("chapter = 9\n", f"{MORE}no `chapter` for 'Token', 9"),
    ],
)
def test_faulty_entries(book, more, problem):
    text = FILES["docs/glossary.toml"]
    entries(book, (text.replace('related = ["KV cache"]\n', "") if "related" in more else text) + more)
    assert problems(book) == [problem]


def test_a_term_that_its_page_does_not_use(book):
    write(book, ONE, FILES[ONE].replace("A KV cache is read, too.", "`KV cache` $KV cache$\n\n### KV cache"))
    found = "a term that the prose of its page uses, 'KV cache', which nothing there uses"
    assert problems(book) == [f"{ONE}:21: {found}"]


@pytest.mark.parametrize(
    "text, said", [("[a", "not valid TOML"), ("[a]\nunits = 'x'", "[a]: unknown or of the wrong type: units")]
)
def test_malformed_entries(book, text, said):
    entries(book, text)
    with pytest.raises(UserError, match=re.escape(f"docs/glossary.toml: {said}")):
        render(book, "x")


@pytest.fixture(scope="module")
def real():
    return Contents(Path(__file__).parents[2])


def test_the_real_glossary(real):
    assert list(check_terms(real)) == []
    assert len(real.terms) >= 125
    confusions = [term for term in real.terms if term.entry.confusion]
    assert len(confusions) >= 100
    taught = [term for term in real.terms if term.page.name.startswith("docs/learn/")]
    assert len(taught) >= 90 and all(term.section for term in taught)
