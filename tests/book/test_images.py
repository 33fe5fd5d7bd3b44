"""Pictures of a page get their size."""

import markdown

from fourbit.book.images import size


def test_size_of_a_figure(root):
    assert size(root / "docs/assets/logo.svg") == (24, 24)
    width, height = size(root / "docs/assets/figures/03_gptq/weights_on_grid.svg")
    assert width > height > 100
    assert size(root / "docs/assets/none.svg") is None
    assert size(root / "docs/index.md") is None


def test_size_of_a_png(tmp_path):
    image = tmp_path / "x.png"
    image.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x04\xb0\x00\x00\x02v")
    assert size(image) == (1200, 630)


def test_a_built_page_has_it(root, monkeypatch):
    from fourbit.book import markdown as book

    monkeypatch.setattr(book, "_page", lambda md: "docs/learn/03-gptq.md")
    html = markdown.markdown(
        "![a](../assets/logo.svg) ![b](https://example.org/x.svg)",
        extensions=["fourbit.book.markdown"],
        extension_configs={"fourbit.book.markdown": {"root": str(root)}},
    )
    for one in ('src="../assets/logo.svg"', 'width="24"', 'height="24"', 'loading="lazy"'):
        assert one in html
    assert "https://example.org/x.svg" in html and html.count("width=") == 1
