// CodeMirror in place of a block of code. It stands in a shadow root, so its styles are adopted style sheets, which a strict
// content security policy allows; colors and fonts are the page's, handed down as custom properties.
import {
  bracketMatching,
  defaultKeymap,
  EditorState,
  EditorView,
  HighlightStyle,
  history,
  historyKeymap,
  indentOnInput,
  indentUnit,
  indentWithTab,
  keymap,
  Prec,
  pythonLanguage,
  syntaxHighlighting,
  tags,
} from "../vendor/codemirror/codemirror.js";

const color = (name) => `var(--md-code-hl-${name}-color)`;
const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.bool, tags.null], color: color("keyword"), fontWeight: "600" },
  { tag: [tags.comment, tags.docString], color: color("comment"), fontStyle: "italic" },
  { tag: tags.string, color: color("string") },
  { tag: tags.number, color: color("number") },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)], color: color("function") },
  { tag: tags.operator, color: color("operator") },
  { tag: tags.meta, color: color("special") },
]);
const theme = EditorView.theme({
  "&": { backgroundColor: "var(--md-code-bg-color)", color: "var(--md-code-fg-color)" },
  "&.cm-focused": { outline: "2px solid var(--fb-accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--md-code-font-family)", fontSize: "var(--fb-run-size)", lineHeight: "1.6" },
  ".cm-content": { padding: "var(--fb-run-above) 0", caretColor: "var(--md-code-fg-color)" },
  ".cm-line": { padding: "0 var(--fb-run-beside)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--md-code-hl-color--light)" },
});

export class Editor {
  #pre;
  #host;
  #view;

  /** Stands in for `pre`; change(text), run() and leave() tell what the reader does. */
  constructor(pre, { label, change, run, leave }) {
    this.#pre = pre;
    this.#host = document.createElement("div");
    this.#host.className = "fb-run-editor";
    pre.after(this.#host);
    const does = (action) => () => {
      action();
      return true;
    };
    const root = this.#host.attachShadow({ mode: "open" });
    this.#host.addEventListener("keydown", (event) => event.stopPropagation()); // the page has keys of its own
    this.#view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        extensions: [
          Prec.highest(
            keymap.of([
              { key: "Mod-Enter", run: does(run) },
              { key: "Ctrl-Enter", run: does(run) },
              { key: "Escape", run: does(leave) },
            ]),
          ),
          keymap.of([indentWithTab, ...defaultKeymap, ...historyKeymap]),
          history(),
          pythonLanguage,
          indentUnit.of("    "),
          indentOnInput(),
          bracketMatching(),
          syntaxHighlighting(colors),
          theme,
          EditorView.contentAttributes.of({
            "aria-label": `${label}. Control Enter runs it, Escape leaves the editor.`,
            spellcheck: "false",
            tabindex: "0", // some tools do not know that what can be edited can be focused
            autocapitalize: "off",
          }),
          EditorView.updateListener.of((update) => update.docChanged && change(update.state.doc.toString())),
        ],
      }),
    });
  }

  open(text) {
    this.#pre.hidden = true;
    this.#host.hidden = false;
    this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: text } });
  }

  close() {
    this.#host.hidden = true;
    this.#pre.hidden = false;
  }

  focus() {
    this.#view.focus();
  }
}
