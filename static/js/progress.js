// A bar that goes on by itself, and the page anew when the work is done. Without script the page reloads every few seconds.
const bar = document.querySelector("[data-progress]");
const EVERY = 1000;

const look = async () => {
  const answer = await fetch(location.pathname, { headers: { Accept: "application/json" } }).catch(() => null);
  const told = answer?.ok ? await answer.json() : null;
  if (told && told.state !== bar.dataset.state) return location.reload();
  if (told) {
    bar.querySelector("progress").max = told.total || 1;
    bar.querySelector("progress").value = told.done;
    bar.querySelector("[data-done]").textContent = told.done.toLocaleString("en-GB");
    bar.querySelector("[data-total]").textContent = told.total.toLocaleString("en-GB");
  }
  setTimeout(look, EVERY);
};

if (bar) setTimeout(look, EVERY);
