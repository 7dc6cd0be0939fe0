// A dossier's form: the result is asked for while somebody types, and files may be dropped on it. The buttons do the same.
const form = document.querySelector("form[data-findings]");
const WAIT = 400;
const MEGABYTE = 2 ** 20;
let due = 0;
let asked = 0;

const typed = () => {
  const all = new FormData(form);
  for (const [name, value] of [...all]) if (value instanceof File) all.delete(name);
  return all;
};

// Each part of the answer takes the place of the part of that name. A later question makes an earlier answer worthless.
async function judge() {
  const mine = ++asked;
  const answer = await fetch(form.dataset.findings, { method: "POST", body: typed() }).catch(() => null);
  if (!answer?.ok || mine !== asked) return;
  const told = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== asked) return;
  for (const part of told.querySelectorAll("[data-part]")) {
    const here = form.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
    if (here && here.innerHTML.trim() !== part.innerHTML.trim()) here.replaceChildren(...part.childNodes);
  }
}

const soon = () => {
  clearTimeout(due);
  due = setTimeout(judge, WAIT);
};

form.addEventListener("input", (event) => {
  if (event.target.type !== "file" && event.target.name !== "find") soon();
});

const drop = form.querySelector("[data-drop]");
const field = drop.querySelector("input[type=file]");
const said = drop.querySelector("[data-said]");

// What the server would refuse whole is told before it is sent, so that nothing typed is at risk.
function takeIn() {
  const most = Number(drop.dataset.drop) || 12;
  const size = [...field.files].reduce((sum, file) => sum + file.size, 0);
  if (size > (most - 1) * MEGABYTE) {
    field.value = "";
    said.textContent = `Together they are larger than ${most - 1} MB: send fewer at once.`;
  } else if (field.files.length) {
    said.textContent = "Taking them in …";
    form.requestSubmit(drop.querySelector("[data-take-in]"));
  }
}

field.addEventListener("change", takeIn);
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("drop--over");
  });
}
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("drop--over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (!event.dataTransfer.files.length) return;
  field.files = event.dataTransfer.files;
  takeIn();
});
