// What can be done for some seconds only goes when they are over. The server keeps its own watch.
for (const part of document.querySelectorAll("[data-lasts]")) {
  setTimeout(() => { part.hidden = true; }, Number(part.dataset.lasts) * 1000);
}
