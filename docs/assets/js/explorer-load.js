// Brings the explorer where a page has a place for it: the tool at once, the small ones when they come near.
async function put(root) {
  if (root.dataset.state) return;
  root.dataset.state = "busy";
  try {
    const { mountEmbed, mountTool } = await import("./explorer.js");
    if (root.dataset.fbExplorer) mountEmbed(root, root.dataset.fbExplorer, root.querySelector("a").getAttribute("href").split("?")[0]);
    else mountTool(root);
  } catch (error) {
    root.dataset.state = "failed"; // what stood there without JavaScript stays
    console.warn(`The explorer did not start: ${error.message}`);
  }
}

const near = new IntersectionObserver((entries) => entries.forEach(({ isIntersecting, target }) => {
  if (!isIntersecting) return;
  near.unobserve(target);
  put(target);
}), { rootMargin: "300px" });

for (const root of document.querySelectorAll("[data-fb-explorer]")) near.observe(root);
const tool = document.getElementById("fb-explorer");
if (tool) put(tool);
