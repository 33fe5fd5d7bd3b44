// Asks the questions of a self-test. The page holds question, options and answer; see src/fourbit/book/quiz.py.
import { make } from "./make.js";
import { read, write } from "./progress.js";

const EARLY = "600px"; // how far below the window a question is made ready

const copies = (element) => [...element.childNodes].map((node) => node.cloneNode(true));
const page = location.pathname.replace(/\/(index\.html)?$/, "").split("/").at(-1) || "index";

function note(name, right) {
  const progress = read();
  const before = progress.quiz[name] ?? { tries: 0 };
  const entry = { ...before, tries: before.tries + 1 };
  if (right) entry.solved ??= new Date().toISOString().slice(0, 10);
  write({ ...progress, quiz: { ...progress.quiz, [name]: entry } });
}

/** Each kind gets the parts of a question and returns what `Check` says: {right, told}, or null when nothing was answered. */
const KINDS = {
  choice({ root, name, reasons, changed }) {
    const options = [...root.querySelectorAll(".fb-quiz-options > li")];
    const radios = options.map((option, place) => {
      const radio = make("input", { type: "radio", name, value: place });
      radio.addEventListener("change", changed);
      option.append(make("label", {}, radio, ...option.childNodes));
      return radio;
    });
    return () => {
      const chosen = radios.findIndex((radio) => radio.checked);
      if (chosen < 0) return null;
      return { right: reasons[chosen].classList.contains("fb-quiz-right"), told: copies(reasons[chosen]) };
    };
  },

  order({ root, why, changed, say }) {
    const list = root.querySelector(".fb-quiz-steps");
    const labels = new Map();
    function move(step, by) {
      const steps = [...list.children];
      const to = steps.indexOf(step) + by;
      if (to < 0 || to >= steps.length) return;
      if (by < 0) steps[to].before(step);
      else steps[to].after(step);
      changed();
      say(`${labels.get(step)}: now ${to + 1} of ${steps.length}.`);
    }
    for (const step of list.children) {
      const text = make("span", {}, ...step.childNodes);
      labels.set(step, text.textContent.trim());
      const moves = make("span", { className: "fb-quiz-moves" });
      for (const [by, sign, word] of [
        [-1, "↑", "up"],
        [1, "↓", "down"],
      ]) {
        const button = make("button", { type: "button", textContent: sign });
        button.setAttribute("aria-label", `Move ${word}: ${labels.get(step)}`);
        button.addEventListener("click", () => {
          move(step, by);
          button.focus();
        });
        moves.append(button);
      }
      step.append(text, moves);
    }
    return () => {
      const steps = [...list.children];
      const placed = steps.map((step, place) => Number(step.dataset.step) === place + 1);
      steps.forEach((step, place) => step.classList.toggle("fb-quiz-in-place", placed[place]));
      const count = placed.filter(Boolean).length;
      if (count === steps.length) return { right: true, told: [make("strong", { textContent: "Right. " }), ...copies(why)] };
      const told = `Not yet: ${count} of ${steps.length} in place, those with a check mark.`;
      return { right: false, told: [told] };
    };
  },

  number({ root, name, why, changed }) {
    const row = root.querySelector(".fb-quiz-number");
    const shown = root.querySelector(".fb-quiz-value .fb-number").textContent;
    const wanted = Number(shown.replaceAll(",", ""));
    const field = make("input", { id: `${name}-field`, inputMode: "decimal", autocomplete: "off" });
    field.addEventListener("input", changed);
    const label = make("label", { htmlFor: field.id, textContent: row.dataset.unit });
    row.replaceChildren(field, label);
    field.setAttribute("aria-labelledby", `${root.id}-question`);
    field.setAttribute("aria-describedby", `${name}-unit`);
    label.id = `${name}-unit`;
    return () => {
      const text = field.value.replace(/[\s\u202f]/g, "").replace(/,(?=\d{3}(\D|$))/g, "").replace(",", ".");
      if (!text) return null;
      const given = Number(text);
      if (Number.isNaN(given)) return { right: false, told: ["Write a number, such as 12.5."] };
      if (Math.abs(given - wanted) <= Math.abs(wanted) / Number(row.dataset.part)) {
        return { right: true, told: [make("strong", { textContent: `Right: ${shown}. ` }), ...copies(why)] };
      }
      return { right: false, told: [given < wanted ? "No: it is more." : "No: it is less."] };
    };
  },
};

function mount(root) {
  const question = root.querySelector(".fb-quiz-question");
  question.id = `${root.id}-question`;
  root.setAttribute("role", "group");
  root.setAttribute("aria-labelledby", question.id);
  const name = `${page}/${root.id.replace(/^quiz-/, "")}`;
  const said = make("p", { className: "fb-quiz-said" });
  said.setAttribute("role", "status");
  const say = (...told) => said.replaceChildren(...told);
  const button = make("button", { type: "button", textContent: "Check", disabled: root.dataset.kind !== "order" });
  const changed = () => {
    button.disabled = false;
    say();
  };
  const reasons = [...root.querySelectorAll(".fb-quiz-reasons > li")];
  const why = root.querySelector(".fb-quiz-why");
  const check = KINDS[root.dataset.kind]({ root, name, reasons, why, changed, say });

  function answer() {
    const found = check();
    if (!found) return;
    note(name, found.right);
    root.classList.toggle("fb-quiz-solved", found.right || Boolean(read().quiz[name]?.solved));
    say(...found.told);
  }
  button.addEventListener("click", answer);
  root.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) answer();
  });
  root.classList.toggle("fb-quiz-solved", Boolean(read().quiz[name]?.solved));
  root.querySelector(".fb-quiz-controls").replaceChildren(button, said);
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      mount(target);
    }
  },
  { rootMargin: EARLY },
);
for (const root of document.querySelectorAll(".fb-quiz")) seen.observe(root);
