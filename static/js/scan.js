// A scanner types a code and ends with Enter: while another line waits for its batch, that leads there and does not pack yet.
// Without script the form comes back with the next line in focus.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || !(field instanceof HTMLInputElement) || !("scan" in field.dataset)) return;
  const next = [...field.form.querySelectorAll("[data-scan]")].find((other) => !other.value.trim());
  if (!next) return;
  event.preventDefault();
  next.focus();
});
