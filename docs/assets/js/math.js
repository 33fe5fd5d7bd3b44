// Renders the formulas that arithmatex marked, and those of notebooks, with KaTeX from this site. A page without a formula does
// not load it, and a formula waits until it is near the window.
(() => {
  const AHEAD = "400px 0px";
  const FOLDER = new URL("../vendor/katex/", document.currentScript.src);
  const delimiters = [
    { left: "\\(", right: "\\)", display: false },
    { left: "\\[", right: "\\]", display: true },
  ];
  const notebookDelimiters = [
    { left: "$$", right: "$$", display: true },
    ...delimiters,
    { left: "$", right: "$", display: false },
  ];

  const load = (tag, attributes) =>
    new Promise((done, failed) => {
      const element = Object.assign(document.createElement(tag), attributes, { onload: done, onerror: failed });
      document.head.append(element);
    });
  const script = (name) => load("script", { src: new URL(name, FOLDER) });
  const fetchAll = async () => {
    await Promise.all([load("link", { rel: "stylesheet", href: new URL("katex.min.css", FOLDER) }), script("katex.min.js")]);
    await script("auto-render.min.js");
  };
  let loaded; // KaTeX, once
  const katex = () => (loaded ??= fetchAll());

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
        for (const place of now) {
          render(place);
          await new Promise((done) => setTimeout(done)); // a task each, so that the page answers in between
        }
        dispatchEvent(new Event("fb-rendered"));
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
