// Names of ingredients are offered while somebody types an allergy (ARIA: combobox with a list). The button does the same without script.
const WAIT = 200;
let pickers = 0;

function begin(picker) {
  const mine = ++pickers;
  const input = picker.querySelector("input[name=name]");
  const list = picker.querySelector("[role=listbox]");
  const picked = picker.querySelector("[data-picked]");
  const said = picker.querySelector("[data-said]");
  let due = 0;
  let asked = 0;
  let active = -1;

  const options = () => [...list.children];

  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const mark = (nth) => {
    const all = options();
    active = (nth + all.length) % all.length;
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === active)));
    input.setAttribute("aria-activedescendant", all[active].id);
    all[active].scrollIntoView({ block: "nearest" });
  };

  const pick = (name) => {
    if (![...picked.querySelectorAll("input")].some((box) => box.value === name)) {
      const line = document.createElement("li");
      line.className = "choice";
      const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "names", value: name, checked: true });
      box.id = `picked-${mine}-${picked.children.length}`;
      line.append(box, Object.assign(document.createElement("label"), { htmlFor: box.id, textContent: name }));
      picked.append(line);
    }
    input.value = "";
    said.textContent = `${name} is picked.`;
    close();
  };

  const offer = (names) => {
    list.replaceChildren(
      ...names.map(({ name, words }, at) => {
        const option = document.createElement("li");
        Object.assign(option, { id: `${list.id}-${at}`, role: "option", textContent: words });
        option.setAttribute("aria-selected", "false");
        option.dataset.name = name;
        return option;
      }),
    );
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = !names.length;
    input.setAttribute("aria-expanded", String(names.length > 0));
    said.textContent = names.length ? `${names.length} ${names.length === 1 ? "name" : "names"} to pick from.` : "No list of ours holds that. It is kept as you write it, and a practitioner reads it.";
  };

  // A later question makes an earlier answer worthless.
  async function ask() {
    const nth = ++asked;
    if (input.value.trim().length < 2) return close();
    const body = new FormData();
    body.set("csrf_token", input.form.elements.csrf_token.value);
    body.set("name", input.value);
    const answer = await fetch(picker.dataset.picker, { method: "POST", body }).catch(() => null);
    const told = answer?.ok ? await answer.json() : null;
    if (told && nth === asked && document.activeElement === input) offer(told.names);
  }

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);

  input.addEventListener("input", () => {
    clearTimeout(due);
    due = setTimeout(ask, WAIT);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const last = options().length - 1;
    if (event.key === "Escape" && !list.hidden) close();
    else if (event.key === "ArrowDown" && list.hidden) ask();
    else if (event.key === "ArrowDown") mark(active + 1);
    else if (event.key === "ArrowUp" && !list.hidden) mark(active < 0 ? last : active - 1);
    else if (event.key === "Enter" && active >= 0) pick(options()[active].dataset.name);
    else return;
    event.preventDefault();
  });
  // A press on the list must not take the focus from the field before it counts.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) pick(option.dataset.name);
  });
}

for (const picker of document.querySelectorAll("[data-picker]")) begin(picker);
document.querySelector("[data-looked]")?.focus();
