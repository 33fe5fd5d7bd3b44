// Accessible names and keyboard access that the theme does not give.
function name(selector, label) {
  for (const element of document.querySelectorAll(selector)) element.setAttribute("aria-label", label);
}

// Whatever scrolls sideways must scroll by keyboard, and only that is a tab stop.
const scrollers = ".md-typeset__scrollwrap, .tabbed-labels, .katex-display, .highlight-ipynb, .jp-OutputArea-output";
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
  requestAnimationFrame(focusScrollers); // after the theme has wrapped the tables
});
document.fonts.addEventListener("loadingdone", focusScrollers); // formulas widen when their font arrives
addEventListener("resize", focusScrollers);
addEventListener("fb-rendered", focusScrollers);
