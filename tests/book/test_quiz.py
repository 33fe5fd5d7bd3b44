"""Self-tests: the three forms, what the lint refuses, and the real chapters."""

from pathlib import Path

import pytest
from minibook import FILES, QUESTION, QUESTIONS, render, write

from fourbit.book.contents import Contents
from fourbit.book.quiz import LEAST, check_quizzes, find
from fourbit.errors import UserError

ONE = "docs/learn/01-memory-wall.md"
KEY = "01_memory_wall.size"
CHOICE = """\
!!! quiz "Why `x`{n}?"

    - [ ] a *wrong* one
        > no,
        > since
    - [x] a right one
      of two lines
        > yes
    - [ ] and a wrong one that is longer
        > no
"""
ORDER = '!!! quiz "Order?"\n\n    1. first\n    2. second\n    3. third\n\n    > so it is\n'
NUMBER = f'!!! quiz "How much?"\n\n    = [[r:{KEY}.rows.0.ppl|.1f]] nats, give or take 1/10\n\n    > by [that](index.md)\n'


def one(html: str, start: str, end: str) -> str:
    return html.split(start, 1)[1].split(end, 1)[0]


def test_a_choice(book):
    html = render(book, f"# T\n\n{CHOICE.format(n='')}\nafter")
    assert '<div class="fb-quiz" data-kind="choice" id="quiz-why-x">' in html
    assert '<span class="fb-quiz-count">1 of 1</span> Why <code>x</code>?</p>' in html
    options = one(html, '<ol class="fb-quiz-options">', "</ol>").split("</li>")
    assert [option.strip().removeprefix("<li>") for option in options[:-1]] == [
        "a <em>wrong</em> one",
        "a right one of two lines",
        "and a wrong one that is longer",
    ]
    answer = one(html, '<details class="fb-quiz-answer">', "</details>")
    assert "<summary>Answer</summary>" in answer and "<strong>No.</strong> no, since</li>" in answer
    assert answer.count("fb-quiz-right") == 1
    assert '<li class="fb-quiz-right"><strong>Right.</strong> yes</li>' in answer
    assert "<p>after</p>" in html and "!!!" not in html and "[x]" not in html


def test_steps_are_shuffled_and_the_answer_has_their_order(book):
    html = render(book, ORDER)
    asked = one(html, '<ol class="fb-quiz-steps">', "</ol>")
    steps = [(line[15], line[18:-5]) for line in asked.split("\n") if line.startswith("<li")]
    assert sorted(steps) == [("1", "first"), ("2", "second"), ("3", "third")] and steps != sorted(steps)
    answer = one(html, "<details", "</details>")
    assert answer.index("first") < answer.index("second") < answer.index("third") < answer.index("so it is")


def test_a_number_shows_the_result(book):
    html = render(book, NUMBER)
    assert '<p class="fb-quiz-number" data-part="10" data-unit="nats"></p>' in html
    value = one(html, '<p class="fb-quiz-value">', "</p>")
    assert (
        value.startswith('<strong><span class="fb-number" title="recomputed')
        and ">18.1</span> nats</strong>" in value
    )
    assert '<p class="fb-quiz-why">by <a href="index.md">that</a></p>' in html


def test_a_page_loads_what_its_questions_need_once(book):
    html = render(book, ORDER + NUMBER)
    assert html.count("../../assets/css/quiz.css") == html.count("../../assets/js/quiz.js") == 1
    assert "quiz" not in render(book, "No question.")


def test_questions_give_no_definition_away(book):
    assert "<abbr" not in render(book, ORDER.replace("first", "token"))


def problems(book, body: str) -> list[str]:
    page = FILES[ONE].replace("## Self-test\n", f"## Self-test\n\n{body}\n")
    write(book, ONE, page)
    contents = Contents(book)
    found = check_quizzes(next(one for one in contents.pages if one.name == ONE), contents)
    return [
        f"{one.expected}, {one.found}" for one in found if not one.expected.startswith(f"{LEAST} or more")
    ]


def test_good_questions(book):
    assert problems(book, f"{CHOICE.format(n='')}\n{ORDER}\n{NUMBER}") == []


RIGHT = CHOICE.format(n="")
FORMS = "one of: options `- [ ]`, steps `1.` or a value `= [[r:key|format]] unit, give or take 1/10`"
FAULTY = [
    (RIGHT.replace("- [ ] a *", "- [x] a *"), "one right option, `- [x]`, 2"),
    (RIGHT.replace("[x]", "[ ]"), "one right option, `- [x]`, 0"),
    (
        RIGHT.replace("        > yes\n", ""),
        "a reason, `> ...`, for each option, or for the answer, 1 missing",
    ),
    (
        RIGHT.replace("and a wrong one that is longer", "a *wrong* one"),
        "options or steps that differ, two alike",
    ),
    (ORDER.replace("    3. third\n", ""), "three or more options or steps, 2"),
    (
        ORDER.replace("    > so it is\n", ""),
        "a reason, `> ...`, for each option, or for the answer, 1 missing",
    ),
    (ORDER + "\n" + ORDER, "questions that differ, quiz-order twice"),
    (NUMBER.replace("|.1f", "|MB"), r"a plain number, '0\xa0MB'"),
    (NUMBER.replace("rows.0.ppl", "rows"), f"the key of one number, '{KEY}.rows', which holds several"),
    (
        NUMBER.replace(f"[[r:{KEY}.rows.0.ppl|.1f]]", "18.1"),
        FORMS.removeprefix("one of: ") + ", '= 18.1 nats, give or take 1/10'",
    ),
    (ORDER.replace("3. third", "- [x] third\n        > b"), f"{FORMS}, choice and order"),
    ('!!! quiz "Empty?"\n\nx', f"{FORMS}, none of them"),
]


@pytest.mark.parametrize("body, problem", FAULTY)
def test_faulty_questions(book, body, problem):
    assert problem in problems(book, body)


def test_the_right_option_is_not_given_away(book):
    same = "\n".join(CHOICE.format(n=n) for n in range(4))
    assert problems(book, same) == ["right options in different places, 4 of 4 in place 2"]
    longest = same.replace("and a wrong one that is longer", "short")
    assert "the right option longest in 2 at most, 4 of 4" in problems(book, longest)


def test_a_chapter_has_enough_of_them(book):
    write(book, ONE, FILES[ONE].replace(QUESTIONS, QUESTION))
    contents = Contents(book)
    page = next(one for one in contents.pages if one.name == ONE)
    found = [str(one) for one in check_quizzes(page, contents)]
    assert len(found) == 1 and f"expected {LEAST} or more questions, found 1" in found[0]
    assert not list(
        check_quizzes(next(one for one in contents.pages if one.name == "docs/index.md"), contents)
    )


def test_a_fault_stops_the_build(book):
    with pytest.raises(UserError, match="expected one of: options"):
        render(book, '!!! quiz "Empty?"\n\nx')


def test_the_real_chapters():
    contents = Contents(Path(__file__).parents[2])
    pages = {page.name: page for page in contents.pages}
    for chapter in filter(lambda one: one.exists, contents.chapters):
        page = pages[chapter.page]
        assert list(check_quizzes(page, contents)) == [], page.name
        kinds = [read().kind for _, _, read in find(page.markup.split("\n"))]
        assert {*kinds} == {"choice", "order", "number"}, page.name
