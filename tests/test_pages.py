"""The pages of this book, held against every guard of the lint."""

from pathlib import Path

from fourbit import tiny
from fourbit.book.pages import check_pages
from fourbit.tiny.corpus import held_out

ROOT = Path(__file__).parent.parent


def test_pages_have_no_problem():
    problems = check_pages(ROOT)
    assert not problems, "\n".join(map(str, problems))


def test_notice_names_every_third_party_file():
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    vendored = [folder.name for folder in (ROOT / "docs/assets/vendor").iterdir()]
    assert vendored and all(f"{name}/LICENSE" in notice for name in vendored)
    assert "src/fourbit/tiny/texts/LICENSE" in notice
    assert (ROOT / "src/fourbit/tiny/texts/LICENSE").is_file()


def test_calibration_and_evaluation_texts_share_no_paragraph():
    for domain in tiny.DOMAINS:
        used, unseen = (
            {part.strip() for part in tiny.text(domain, split).split("\n\n\n") if len(part) > 100}
            for split in ("calibration", "evaluation")
        )
        assert used and unseen and not used & unseen


def test_the_split_depends_on_the_name_alone():
    names = [f"module_{i}.py" for i in range(2000)]
    share = sum(map(held_out, names)) / len(names)
    assert 0.05 < share < 0.11
    assert [held_out(name) for name in names[:50]] == [held_out(name) for name in names[:50][::-1]][::-1]
