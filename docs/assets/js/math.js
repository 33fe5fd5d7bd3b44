// Renders the formulas that arithmatex marked, and those of notebooks, with KaTeX from this site. A page without a formula does
// not load it, and a formula waits until it is seen, or near once the reader scrolls.
(() => {
  const AHEAD = "1500px 0px";
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
    const show = async (seen) => {
      const now = seen.filter((one) => one.isIntersecting && places.delete(one.target)).map((one) => one.target);
      if (!now.length) return;
      await katex();
      for (const place of now) {
        render(place);
        await new Promise((done) => setTimeout(done)); // a task each, so that the page answers in between
      }
      dispatchEvent(new Event("fb-rendered"));
    };
    const watch = (rootMargin) => {
      const near = new IntersectionObserver(show, { rootMargin });
      places.forEach((place) => near.observe(place));
    };
    watch("0px");
    addEventListener("scroll", () => watch(AHEAD), { once: true, passive: true });
    addEventListener("beforeprint", () => {
      if (!globalThis.renderMathInElement) return;
      places.forEach(render);
      places.clear();
    });
  });
})();
