// Blocks of code that run in the page: Run, Edit and, under an exercise, Check. Nothing more is loaded before a click.
const make = (label, className) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.className = className;
  return button;
};

function place(bar) {
  const code = bar.previousElementSibling?.previousElementSibling?.querySelector("pre > code");
  if (!code || bar.children.length) return;
  const check = "check" in bar.dataset;
  const run = make(check ? "Check" : "Run", "fb-run-go");
  const edit = make("Edit", "fb-run-edit");
  const status = document.createElement("span");
  status.className = "fb-run-status";
  status.setAttribute("role", "status");
  bar.append(run, edit, status);
  let block;
  const load = async () => {
    try {
      block ??= import("./run-block.js").then(({ Block }) => new Block(bar, code, { run, edit, status }));
      return await block;
    } catch {
      block = null;
      status.textContent = "This did not load. Try again, or run it on your machine.";
      return null;
    }
  };
  run.addEventListener("click", async () => (await load())?.run());
  edit.addEventListener("click", async () => (await load())?.edit());
  bar.fbBlock = load;
  if (check) import("./progress.js").then(({ exercise }) => exercise(bar.dataset.check) && load());
}

document.querySelectorAll(".fb-run-bar").forEach(place);
