// The copy button yields what one would type: in console blocks, commands without prompt and output.
// Material copies the value of `data-copy` where it is set.
function commands(code) {
  const typed = code.cloneNode(true);
  for (const token of typed.querySelectorAll(".gp, .go")) token.remove();
  return typed.textContent.split("\n").filter((line) => line.trim()).join("\n");
}

document$.subscribe(() => {
  for (const code of document.querySelectorAll(".language-console code")) {
    code.dataset.copy = commands(code);
  }
});
