// A record does not stay on a screen that nobody touches: the page leaves for the one that waits for the password. The server locks
// by itself; this takes away what is still to be read. Coming back by the browser's own way asks the server again.
const told = document.querySelector("meta[name=lock]");
const after = Number(told.dataset.after) * 1000;
let touched = Date.now();

const look = () => {
  if (Date.now() - touched >= after) location.replace(told.content);
};

for (const kind of ["keydown", "pointerdown", "wheel"]) {
  document.addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
}
document.addEventListener("visibilitychange", look);
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
setInterval(look, 1000);
