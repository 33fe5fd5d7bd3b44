// What has to run before the page is painted and before the theme starts; it stands in the head of each page.

// Style sheets keep room for what scripts will put in.
document.documentElement.classList.replace("no-js", "js");

// The theme asks for its search index, by far the largest file of the site, on every page. This keeps the request back until
// someone searches.
(() => {
  const asked = new URLSearchParams(location.search);
  if (asked.has("q") || asked.has("h")) return; // a search in the address, and words to be marked, need it at once
  const { open, send } = XMLHttpRequest.prototype;
  const kept = new WeakSet();

  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    if (/\/search\/search_index\.json$/.test(url)) kept.add(this);
    return open.call(this, method, url, ...rest);
  };

  XMLHttpRequest.prototype.send = function (body) {
    if (!kept.has(this)) return send.call(this, body);
    const search = (event) => {
      if (!event.target.closest?.(".md-search, [for=__search]")) return;
      removeEventListener("focusin", search);
      removeEventListener("pointerdown", search);
      send.call(this, body);
    };
    addEventListener("focusin", search);
    addEventListener("pointerdown", search);
  };
})();
