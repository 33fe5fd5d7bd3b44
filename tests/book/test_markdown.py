"""What each directive and fence becomes, and what is said when one is wrong."""

import subprocess
import sys

import pytest
from minibook import FILES, render, write

from fourbit.errors import UserError

ORIGIN = "recomputed by every test run: python snippets/01_memory_wall/size.py"


def test_number_carries_its_origin(book):
    html = render(book, "It has [[r:01_memory_wall.size.bytes|,d]] bytes.")
    assert html == f'<p>It has <span class="fb-number" title="{ORIGIN}">4,617,000,000</span> bytes.</p>'


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ("bytes", "4617000000"),
        ("bytes|GB.1", "4.6\N{NO-BREAK SPACE}GB"),
        ("bytes|MiB", "4,403\N{NO-BREAK SPACE}MiB"),
        ("share|.1%", "25.0%"),
        ("rows.0.ppl|.1f", "18.1"),
    ],
)
def test_formats(book, argument, shown):
    assert f">{shown}</span>" in render(book, f"x [[r:01_memory_wall.size.{argument}]]")


def test_recorded_number_tells_when_its_code_has_changed(book):
    text = "x [[r:01_memory_wall.speed.tok_s|.1f]]"
    origin = "measured 2026-11-21 on Xeon &amp; Co: python snippets/01_memory_wall/speed.py"
    assert f'title="{origin}">32.5<' in render(book, text)
    script = book / "snippets/01_memory_wall/speed.py"
    script.write_text(script.read_text() + "print(2)\n")
    assert f'title="{origin}; the code has changed since">32.5<' in render(book, text)


def test_number_in_a_table_cell_and_in_attributes(book):
    key = "01_memory_wall.size.share|.0%"
    html = render(
        book,
        f"| a | b |\n|---|---|\n| [[r:{key}]] | c |\n\n![about [[r:{key}]]](x.svg)\n\nx <i title='[[r:{key}]]'>i</i>",
    )
    assert html.count("<td>") == 2 and ">25%</span></td>" in html
    assert '<img alt="about 25%" src="x.svg" />' in html and "<i title='25%'>" in html


def test_code_is_left_alone(book):
    text = "`[[r:no]]` and ``a ` [[r:no]]``\n\n```{.text .sketch}\na\n\n[[r:no]] {{ x }} {% if y %}\n```"
    html = render(book, text)
    assert html.count("[[r:no]]") == 3 and "{{ x }} {% if y %}" in html


def test_table(book):
    html = render(book, "[[table:01_memory_wall.size.rows|Name=name|Perplexity=ppl:.1f|Size=bytes:MB.1]]")
    right = '<td style="text-align: right;">'
    assert '<th>Name</th>\n<th style="text-align: right;">Perplexity</th>' in html
    assert f"<td>a|b</td>\n{right}18.1</td>\n{right}4.6\N{NO-BREAK SPACE}MB</td>" in html
    assert f"<td>plain</td>\n{right}20.2</td>\n{right}—</td>" in html
    assert f'<p class="fb-origin">R{ORIGIN[1:]}</p>' in html


def test_table_inside_an_admonition(book):
    html = render(book, "!!! note\n    [[table:01_memory_wall.size.rows|Name=name]]\n\n    after")
    assert html.index("<table>") < html.index("fb-origin") < html.index("<p>after</p>\n</div>")


def test_cite_and_sources(book):
    html = render(book, "See [[cite:awq|Table 2]].\n\n[[sources]]")
    link = 'class="fb-cite" href="https://example.org/awq?a=1&amp;b=2"'
    assert f'<a {link} title="Lin et al.: The AWQ paper (2023-06); read: version 5">AWQ, Table 2</a>.' in html
    assert "The AWQ paper</a>. Lin et al., 2023-06. Read: version 5.</li>" in html


def test_stamps_say_tier_and_reason(book):
    html = render(book, FILES["docs/learn/01-memory-wall.md"])
    assert (
        '<p class="fb-stamp fb-run"><span class="fb-tier" title="executed by every test run">Run</span> '
        "<code>snippets/01_memory_wall/size.py</code></p>"
    ) in html
    assert (
        "Recorded</span> <code>snippets/01_memory_wall/speed.py</code>: times &lt;this&gt; machine; " in html
    )
    assert "; 2026-11-21 on Xeon &amp; Co</p>" in html


def test_stamp_of_changed_and_of_missing_record(book):
    block = '```python\n--8<-- "01_memory_wall/speed.py"\n```'
    script = book / "snippets/01_memory_wall/speed.py"
    script.write_text(script.read_text() + "print(2)\n")
    assert "on Xeon &amp; Co; the code has changed since</p>" in render(book, block)
    (book / "snippets/01_memory_wall/results.json").unlink()
    assert "times &lt;this&gt; machine; not recorded yet</p>" in render(book, block)


def test_a_sketch_says_that_it_is_one(book):
    html = render(book, "```{.python .sketch}\nx\n```\n\n```{.yaml .sketch}\nx: 1\n```")
    word = '<span class="fb-tier" title="neither executed nor checked">Shown</span>'
    assert html.count(f'<p class="fb-stamp fb-shown">{word}: a sketch, not a program</p>') == 1


def test_block_in_a_quotation(book):
    html = render(book, '> ```python\n> --8<-- "01_memory_wall/size.py:claim"\n> ```\n> after')
    assert html.index("<blockquote>") < html.index("fb-stamp") < html.index("after</p>\n</blockquote>")


def test_one_stamp_for_two_sections_of_a_file(book):
    include = '--8<-- "01_memory_wall/size.py:claim"'
    html = render(book, f"- item\n\n    ```python\n    {include}\n    {include}\n    ```\n")
    assert html.count("fb-stamp") == 1 and html.count("4_617_000_000") == 2
    assert html.index("<li>") < html.index("fb-stamp") < html.index("</li>")


def test_output_hides_command_and_result(book):
    html = render(book, '```output\n--8<-- "01_memory_wall/size.out"\n```')
    assert html.startswith('<div class="no-copy fb-output highlight">')
    assert "size 4617000000\n[[r:no]] is text\n</code>" in html
    assert "$ python" not in html and "{" not in html and "fb-stamp" not in html


def test_proof(book):
    html = render(book, "**Proof:** [[proof:01_memory_wall/speed.py]]")
    assert '<span class="fb-proof fb-recorded"><span class="fb-tier"' in html
    assert "Recorded</span> <code>snippets/01_memory_wall/speed.py</code></span></p>" in html


def test_chapter_around_course(book):
    assert render(book, "[[chapter:2]]") == '<p class="fb-chapter">Chapter 2 of 2 · 15 min</p>'
    assert render(book, "[[around:1]]") == '<p class="fb-around">Next: GPTQ (in preparation)</p>'
    previous = 'Previous: <a href="01-memory-wall.md">The Memory Wall</a>'
    assert render(book, "[[around:2]]") == f'<p class="fb-around">{previous}</p>'
    html = render(book, "[[course]]")
    assert '<td><a href="01-memory-wall.md">The Memory Wall</a></td>\n<td>How fast?</td>' in html
    assert "<td>GPTQ (in preparation)</td>\n<td>How good?</td>" in html


def test_tiers_counts_blocks(book):
    write(book, "docs/more.md", "```{.bash .sketch}\nls\n```\n\n```{.yaml .sketch}\na: 1\n```\n")
    html = render(book, "[[tiers]]")
    rows = [row.replace(' style="text-align: right;"', "") for row in html.split("<tr>")[2:]]
    cells = [[cell.split("</td>")[0] for cell in row.split("<td>")[1:]] for row in rows]
    assert cells == [
        ["1. The Memory Wall", "1 (50%)", "1 (50%)", "0", "0"],
        ["Other pages", "0", "0", "0", "1 (100%)"],
        ["Total", "1 (33%)", "1 (33%)", "0", "1 (33%)"],
    ]


def test_a_block_counts_as_the_weakest_tier_in_it(book):
    includes = '--8<-- "01_memory_wall/speed.py"\n--8<-- "01_memory_wall/size.py"'
    write(book, "docs/more.md", f"```python\n{includes}\n```\n")
    (row,) = [row for row in render(book, "[[tiers]]").split("<tr>") if "Other pages" in row]
    cells = [cell.split(">")[-1] for cell in row.split("</td>")[:-1]]
    assert cells == ["Other pages", "0", "1 (100%)", "0", "0"]


MISTAKES = {
    "[[r:01_memory_wall.size.byte]]": "expected the key of a result, found '01_memory_wall.size.byte' (nearest: "
    "01_memory_wall.size.bytes, 01_memory_wall.size.share, 01_memory_wall.size.rows.0.bytes); mend: correct the key "
    "or run: fourbit check 01_memory_wall --update",
    "[[r:01_memory_wall.size.bytes.x]]": "expected the key of a result, found '01_memory_wall.size.bytes.x' (nearest: ",
    "[[r:01_memory_wall.size.rows]]": "expected the key of one number, found '01_memory_wall.size.rows', which holds "
    "several; mend: append a field to the key",
    "[[r:01_memory_wall.size.bytes|TB]]": "expected a format for 4617000000, found 'TB' (Invalid format specifier",
    "[[table:01_memory_wall.size.row|A=name]]": "expected the key of a result, found '01_memory_wall.size.row' "
    "(nearest: 01_memory_wall.size.rows); mend: correct the key",
    "[[table:01_memory_wall.size|A=name]]": "expected the key of a list of rows, found '01_memory_wall.size'; mend: "
    "use [[r:key]] for one number",
    "[[table:01_memory_wall.size.rows]]": "expected columns, as in |Header=field:format, found none; mend: choose "
    "from name, ppl, bytes",
    "[[table:01_memory_wall.size.rows|A=nam]]": "expected a column of 01_memory_wall.size.rows, found 'A=nam'; mend: "
    "write Header=field:format with a field of name, ppl, bytes",
    "[[cite:awk]]": "expected a source in docs/sources.toml, found 'awk' (nearest: awq); mend: correct the id or add "
    "the source",
    "[[chapter:19]]": "expected a chapter from 1 to 2, found '19'; mend: correct the number",
    "[[rr:1]]": "expected a directive, found [[rr]]; mend: use one of r, cite, proof, table, ",
    "See [[course]].": "expected [[course]] on a line of its own, found other text beside it; mend: give it its own "
    "line",
    "[[proof:01_memory_wall/siz.py]]": "expected a file under snippets/, found '01_memory_wall/siz.py', which does "
    "not exist (nearest: size.py, speed.py, size.out); mend: correct the path or write the file",
    '```python\n--8<-- "01_memory_wall/size.py:clam"\n```': "expected a section of 01_memory_wall/size.py, found "
    "'clam' (its sections: claim); mend: correct the name",
    '```text\n--8<-- "01_memory_wall/size.out"\n```': "expected recorded output in a fence marked `output`, found "
    "'01_memory_wall/size.out' in `text`; mend: mark it so",
    '```output\n--8<-- "01_memory_wall/speed.out"\n```': "expected recorded output, found '01_memory_wall/speed.out', "
    "which does not exist; mend: run: fourbit check 01_memory_wall --update",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes(book, text):
    with pytest.raises(UserError) as caught:
        render(book, text)
    message = str(caught.value)
    assert message.startswith("a page: ") and MISTAKES[text] in message


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "docs/learn/course.toml",
            "[[chapter]]\nnumber = 1\n",
            "docs/learn/course.toml: not a list of [[chapter]]",
        ),
        (
            "docs/learn/course.toml",
            FILES["docs/learn/course.toml"].replace("number = 2", "number = 3"),
            "docs/learn/course.toml: the chapters are not numbered 1, 2, 3, ... in order",
        ),
        ("docs/sources.toml", "[awq", "docs/sources.toml: not valid TOML: "),
        (
            "docs/sources.toml",
            FILES["docs/sources.toml"].replace("read", "seen"),
            "docs/sources.toml: [awq] lacks or should not have: read, seen",
        ),
    ],
)
def test_malformed_data(book, name, text, message):
    write(book, name, text)
    with pytest.raises(UserError) as caught:
        render(book, "[[course]]\n\n[[sources]]")
    assert str(caught.value).startswith(message)


def test_needs_neither_torch_nor_mkdocs():
    code = (
        "import sys, fourbit.book.markdown; sys.exit(bool({'torch', 'mkdocs', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
