// Renders the formulas that arithmatex marked, and those of notebooks, with KaTeX from this site.
const delimiters = [
  { left: "\\(", right: "\\)", display: false },
  { left: "\\[", right: "\\]", display: true },
];
const notebookDelimiters = [
  { left: "$$", right: "$$", display: true },
  ...delimiters,
  { left: "$", right: "$", display: false },
];

document$.subscribe(() => {
  for (const formula of document.querySelectorAll(".arithmatex")) {
    renderMathInElement(formula, { delimiters });
  }
  for (const cell of document.querySelectorAll(".jp-RenderedMarkdown")) {
    renderMathInElement(cell, { delimiters: notebookDelimiters });
  }
});
