// What somebody asks for stands open: the part that an address names, and on paper every part of a report.
const unfold = (parts) => {
  for (const part of parts) part.open = true;
};

const asked = () => {
  const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!wanted) return;
  const part = wanted.closest("details");
  if (part && !part.open) {
    unfold([part]);
    wanted.scrollIntoView();
  }
};

window.addEventListener("hashchange", asked);
window.addEventListener("beforeprint", () => unfold(document.querySelectorAll(".report__group")));
asked();
