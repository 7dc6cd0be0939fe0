// A key on a desk presses the button or link that carries it: <button data-key="a">. Never while somebody is typing.
const typing = (element) => element.closest("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!wanted) return;
  event.preventDefault();
  wanted.focus();
  wanted.click();
  const part = wanted.matches("summary") && wanted.parentElement;
  if (part && part.open) part.querySelector("input:not([type=hidden]), textarea, select")?.focus();
});
