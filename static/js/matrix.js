/* The matrix by keyboard: one Tab stop, arrows from cell to cell, Home and End in a row, Escape back to the table.
   Without this file everything works with more Tabs. */
const scroller = document.getElementById("matrix");
const links = (row) => [...row.querySelectorAll("th a, td a")];
const rows = () => [...scroller.querySelectorAll("tbody tr")];

function setTabStop() {
  const all = [...scroller.querySelectorAll("tbody a")];
  const stop = all.find((link) => link === document.activeElement) || all[0];
  for (const link of all) link.tabIndex = link === stop ? 0 : -1;
}

function focusLink(row, index) {
  const target = row && links(row)[Math.max(0, Math.min(index, links(row).length - 1))];
  if (!target) return;
  for (const link of scroller.querySelectorAll("tbody a[tabindex='0']")) link.tabIndex = -1;
  target.tabIndex = 0;
  target.focus();
}

scroller.addEventListener("keydown", (event) => {
  const link = event.target.closest("tbody a");
  if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = rows();
  const row = link.closest("tr");
  const down = all.indexOf(row);
  const across = links(row).indexOf(link);
  const moves = {
    ArrowRight: () => focusLink(row, across + 1),
    ArrowLeft: () => focusLink(row, across - 1),
    ArrowDown: () => focusLink(all[down + 1], across),
    ArrowUp: () => focusLink(all[down - 1], across),
    Home: () => focusLink(row, 0),
    End: () => focusLink(row, Infinity),
    Escape: () => scroller.focus(),
  };
  if (!moves[event.key]) return;
  event.preventDefault();
  moves[event.key]();
});

function scrollToCurrent() {
  const first = scroller.querySelector(".at-start-here");
  const heads = [...scroller.querySelectorAll("thead th")].slice(0, 2); // names and last pushes stay in view
  if (first && !CSS.supports("scroll-initial-target", "nearest"))
    scroller.scrollLeft = first.offsetLeft - heads.reduce((width, head) => width + head.offsetWidth, 0);
}

document.body.addEventListener("htmx:afterSwap", setTabStop);
setTabStop();
scrollToCurrent();
