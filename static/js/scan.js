// A scanner types a code and ends with Enter: while another field waits for its code, that leads there and does not send yet.
// Without script the form comes back with what was scanned.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || !(field instanceof HTMLInputElement) || !("scan" in field.dataset)) return;
  const next = [...field.form.querySelectorAll("[data-scan]")].find((other) => !other.value.trim());
  if (!next) return;
  event.preventDefault();
  next.focus();
});
