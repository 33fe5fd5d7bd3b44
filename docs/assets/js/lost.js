// The page for addresses that lead nowhere: offers to search for the words of the address, and opens the search with them.
document$.subscribe(() => {
  const box = document.querySelector(".fb-lost");
  if (!box) return;
  const link = box.querySelector("[data-fb-lost]");
  const words = decodeURIComponent(location.pathname).split(/[^\p{L}\p{N}]+/u).filter((word) => word && !/^(index|html|\d+)$/.test(word)).slice(-4).join(" ");
  if (!words) return;
  link.textContent = `Search for “${words}”`;
  link.href = `?q=${encodeURIComponent(words)}`;
  box.hidden = false;
});
