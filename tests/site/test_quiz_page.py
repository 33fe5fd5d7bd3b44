"""Self-tests in a browser: right and wrong answers, order by keyboard, numbers, what is kept, no JavaScript."""

import json

import pytest
from axe_playwright_python.base import AXE_SCRIPT

PAGE = "learn/01-memory-wall/"


@pytest.fixture
def chapter(view):
    """The page, every question of it ready; and the first question of each kind."""

    def open_page(width: int = 1280, scheme: str = "light"):
        page = view(PAGE, width, scheme)
        for quiz in page.locator(".fb-quiz").all():
            quiz.scroll_into_view_if_needed()
            quiz.get_by_role("button", name="Check").wait_for()
        return page

    return open_page


def kind(page, name: str):
    return page.locator(f".fb-quiz[data-kind={name}]").first


def kept(page) -> dict:
    return json.loads(page.evaluate("localStorage.getItem('fourbit.progress')"))


def rights(quiz) -> int:
    return quiz.locator(".fb-quiz-reasons > li").evaluate_all(
        "items => items.findIndex(item => item.classList.contains('fb-quiz-right'))"
    )


def test_a_wrong_choice_gets_its_reason_and_another_try(chapter):
    page = chapter()
    quiz = kind(page, "choice")
    radios, check = quiz.get_by_role("radio"), quiz.get_by_role("button", name="Check")
    right, wrong = rights(quiz), (rights(quiz) + 1) % radios.count()
    assert check.is_disabled()
    quiz.locator(".fb-quiz-options > li").nth(wrong).click()
    check.click()
    said = quiz.get_by_role("status")
    reasons = [text.strip() for text in quiz.locator(".fb-quiz-reasons > li").all_text_contents()]
    assert said.text_content().strip() == reasons[wrong] and reasons[wrong].startswith("No.")
    assert not quiz.evaluate("quiz => quiz.classList.contains('fb-quiz-solved')")
    radios.nth(right).check(force=True)
    assert said.text_content() == ""
    check.click()
    assert said.text_content().strip() == reasons[right] and reasons[right].startswith("Right.")
    (entry,) = kept(page)["quiz"].values()
    assert entry["tries"] == 2 and entry["solved"]


def test_a_choice_by_keyboard_is_kept_after_a_reload(chapter):
    page = chapter()
    quiz = kind(page, "choice")
    quiz.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    for _ in range(rights(quiz)):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert quiz.get_by_role("status").text_content().startswith("Right.")
    assert list(kept(page)["quiz"]) == [f"01-memory-wall/{quiz.get_attribute('id').removeprefix('quiz-')}"]
    page.reload(wait_until="networkidle")
    quiz.scroll_into_view_if_needed()
    page.locator(".fb-quiz-solved").wait_for()
    assert page.locator(".fb-quiz-solved").count() == 1


def test_steps_are_ordered_by_keyboard(chapter):
    page = chapter()
    quiz = kind(page, "order")
    check, said = quiz.get_by_role("button", name="Check"), quiz.get_by_role("status")
    check.click()
    assert said.text_content().startswith("Not yet: ")
    steps = quiz.locator(".fb-quiz-steps > li")
    for place in range(steps.count()):
        step = quiz.locator(f".fb-quiz-steps > li[data-step='{place + 1}']")
        up = step.get_by_role("button").first
        while step.evaluate("step => [...step.parentElement.children].indexOf(step)") > place:
            up.focus()
            page.keyboard.press("Enter")
            assert up.evaluate("button => button === document.activeElement")
            assert "now" in said.text_content()
    check.focus()
    page.keyboard.press("Enter")
    assert said.text_content().startswith("Right. ")
    assert quiz.locator(".fb-quiz-in-place").count() == steps.count()


@pytest.mark.parametrize(
    "share, said",
    [
        (1, "Right: "),
        (1.03, "Right: "),
        (0.97, "Right: "),
        (1.2, "No: it is less."),
        (0.8, "No: it is more."),
    ],
)
def test_a_number_has_its_tolerance(chapter, share, said):
    quiz = kind(chapter(), "number")
    wanted = float(quiz.locator(".fb-quiz-value .fb-number").text_content().replace(",", ""))
    field = quiz.get_by_role("textbox")
    field.fill(f"{wanted * share:.3f}")
    field.press("Enter")
    assert quiz.get_by_role("status").text_content().startswith(said)


def test_words_are_no_number(chapter):
    quiz = kind(chapter(), "number")
    quiz.get_by_role("textbox").fill("many")
    quiz.get_by_role("button", name="Check").click()
    assert quiz.get_by_role("status").text_content() == "Write a number, such as 12.5."


def test_what_others_keep_is_left_alone(chapter):
    page = chapter()
    page.evaluate('localStorage.setItem(\'fourbit.progress\', \'{"exercises": {"a": {"tries": 3}}}\')')
    quiz = kind(page, "order")
    quiz.get_by_role("button", name="Check").click()
    assert kept(page)["exercises"] == {"a": {"tries": 3}} and len(kept(page)["quiz"]) == 1


def test_questions_fit_a_phone_are_accessible_and_move_nothing(chapter, view):
    page = view(PAGE, width=390, scheme="dark")
    page.evaluate(
        """() => { window.shift = 0; new PerformanceObserver(list => { for (const entry of list.getEntries())
        if (!entry.hadRecentInput) window.shift += entry.value; }).observe({type: 'layout-shift', buffered: false}); }"""
    )
    for quiz in page.locator(".fb-quiz").all():
        quiz.scroll_into_view_if_needed()
        quiz.get_by_role("button", name="Check").wait_for()
    assert page.evaluate("window.shift") < 0.01
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.locator(".fb-quiz button").evaluate_all(
        "all => all.filter(one => Math.min(one.offsetHeight, one.offsetWidth) < 40).length"
    )
    assert small == 0
    apart = page.locator(".fb-quiz-steps > li").evaluate_all(
        "steps => steps.every(step => [...step.children].reduce((text, moves) => "
        "text.getBoundingClientRect().right <= moves.getBoundingClientRect().left))"
    )
    assert apart
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run('article')")["violations"]
    assert [one for one in found if one["impact"] in ("serious", "critical")] == []


def test_without_javascript_question_and_answer_are_there(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address + PAGE)
    quiz = kind(page, "choice")
    assert quiz.locator(".fb-quiz-options > li").first.is_visible()
    assert not quiz.locator(".fb-quiz-controls").is_visible()
    assert not quiz.locator(".fb-quiz-right").is_visible()
    quiz.locator("summary").click()
    assert quiz.locator(".fb-quiz-right").is_visible()
    context.close()
