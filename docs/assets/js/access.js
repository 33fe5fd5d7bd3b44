// Accessible names and keyboard access that the theme does not give.
function name(selector, label) {
  for (const element of document.querySelectorAll(selector)) element.setAttribute("aria-label", label);
}

// A tooltip opens on focus. The first mention of a term in the text is a tab stop; the others answer to a tap.
function focusTerms() {
  const seen = new Set();
  for (const term of document.querySelectorAll("article abbr")) {
    if (term.closest("a, h1, h2, h3, h4, h5, h6")) continue;
    term.tabIndex = seen.has(term.textContent) ? -1 : 0;
    seen.add(term.textContent);
  }
}

// Whatever scrolls sideways must scroll by keyboard, and only that is a tab stop.
const scrollers = ".md-typeset__scrollwrap, .katex-display, .highlight-ipynb, .jp-OutputArea-output";
function focusScrollers() {
  for (const box of document.querySelectorAll(scrollers)) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", "Scrolls sideways");
    } else {
      box.removeAttribute("tabindex");
      box.removeAttribute("role");
      box.removeAttribute("aria-label");
    }
  }
}

document$.subscribe(() => {
  name(".md-search[role=dialog]", "Search");
  name(".md-progress", "Page loading");
  name(".md-typeset .task-list-item input", "Task");
  focusTerms();
  requestAnimationFrame(focusScrollers); // after the theme has wrapped the tables
});
document.fonts.addEventListener("loadingdone", focusScrollers); // formulas widen when their font arrives
addEventListener("resize", focusScrollers);
