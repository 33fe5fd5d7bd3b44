// Renders the formulas that arithmatex marked, and those of notebooks, with KaTeX from this site. A page without a formula does
// not load it, and a formula waits until it is near the window.
(() => {
  const AHEAD = "1200px 0px";
  const FILES = ["katex.min.js", "auto-render.min.js"].map((name) => new URL(`../vendor/katex/${name}`, document.currentScript.src));
  const delimiters = [
    { left: "\\(", right: "\\)", display: false },
    { left: "\\[", right: "\\]", display: true },
  ];
  const notebookDelimiters = [
    { left: "$$", right: "$$", display: true },
    ...delimiters,
    { left: "$", right: "$", display: false },
  ];

  const load = (file) =>
    new Promise((done, failed) => {
      const script = Object.assign(document.createElement("script"), { src: file, onload: done, onerror: failed });
      document.head.append(script);
    });
  let loaded; // KaTeX, once
  const katex = () => (loaded ??= FILES.reduce((before, file) => before.then(() => load(file)), Promise.resolve()));

  const render = (place) => {
    const isNotebook = place.matches(".jp-RenderedMarkdown");
    renderMathInElement(place, { delimiters: isNotebook ? notebookDelimiters : delimiters });
  };

  document$.subscribe(() => {
    const places = new Set(document.querySelectorAll(".arithmatex, .jp-RenderedMarkdown"));
    const near = new IntersectionObserver(
      async (seen) => {
        const now = seen.filter((one) => one.isIntersecting && places.delete(one.target)).map((one) => one.target);
        if (!now.length) return;
        now.forEach((place) => near.unobserve(place));
        await katex();
        now.forEach(render);
      },
      { rootMargin: AHEAD },
    );
    places.forEach((place) => near.observe(place));
    addEventListener("beforeprint", () => {
      if (!globalThis.renderMathInElement) return;
      places.forEach(render);
      places.clear();
    });
  });
})();
