// The card of a booking: a click on its bar opens it beside the bar.
import { showToast } from "./timeline-commands.js";
import { wasDragged } from "./timeline-drag.js";
import { rememberFocus, restoreFocus } from "./timeline-drawing.js";
import { BAR, byId, currentAddress, findItem, identify, PLOT, setting } from "./timeline-plot.js";

let opened = null; // identity of the bar whose card is open
let clickX = 0; // where along the bar it was clicked; 0 by key

async function openCard(bar, x) {
  const address = bar.getAttribute("href");
  rememberFocus(bar);
  opened = identify(bar);
  clickX = x;
  let html;
  try {
    const query = `next=${encodeURIComponent(currentAddress())}`;
    const answer = await fetch(`${address}card/?${query}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) return location.assign(address);
    html = await answer.text();
  } catch {
    return showToast(setting("saidFailed"));
  }
  const card = byId("booking-card");
  card.innerHTML = html;
  card.tabIndex = -1;
  if (!card.matches(":popover-open")) card.showPopover();
  const current = findItem(opened);
  current?.classList.add("t-open");
  if (current) placeCard(card, current.getBoundingClientRect(), x);
  card.focus({ preventScroll: true });
}

function placeCard(card, bar, x) {
  for (const name of ["left", "top"]) card.style.removeProperty(name);
  if (matchMedia("(max-width: 47.99rem)").matches) return; // full width at the bottom
  const point = Math.min(Math.max(x || bar.left + Math.min(bar.width / 2, 200), bar.left), bar.right);
  const left = Math.max(8, Math.min(point - 48, innerWidth - card.offsetWidth - 24));
  const above = bar.bottom + card.offsetHeight + 20 > innerHeight && bar.top > card.offsetHeight + 20;
  card.classList.toggle("at-pop-above", above);
  card.style.left = `${left + scrollX}px`;
  card.style.top = `${scrollY + (above ? bar.top - card.offsetHeight - 10 : bar.bottom + 10)}px`;
  card.style.setProperty("--arrow", `${Math.max(12, Math.min(point - left - 6, card.offsetWidth - 28))}px`);
}

document.addEventListener("toggle", (event) => {
  if (event.target.id !== "booking-card" || event.newState !== "closed") return;
  for (const bar of document.querySelectorAll(".t-open")) bar.classList.remove("t-open");
  opened = null;
  restoreFocus();
}, true);

document.addEventListener("timeline:drawn", () => {
  if (opened) findItem(opened)?.classList.add("t-open");
});

document.addEventListener("click", (event) => {
  const target = event.target.closest(`[data-card-close], [data-card-more], ${BAR}`);
  if (!target) return;
  if ("cardClose" in target.dataset) byId("booking-card").hidePopover();
  else if (target.dataset.cardMore) togglePanel(target);
  else if (target.closest(PLOT) && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
    event.preventDefault();
    if (!wasDragged()) openCard(target, event.detail ? event.clientX : 0);
  }
});

/** Open or close one panel of the card; the others close. */
function togglePanel(button) {
  for (const other of button.parentElement.querySelectorAll("[data-card-more]")) {
    const open = other === button && byId(other.dataset.cardMore).hidden;
    byId(other.dataset.cardMore).hidden = !open;
    other.setAttribute("aria-expanded", String(open));
  }
  const bar = findItem(opened);
  const card = byId("booking-card");
  if (bar) placeCard(card, bar.getBoundingClientRect(), clickX); // it is higher now, and may fit only on the other side
  if (card.getBoundingClientRect().bottom > innerHeight) card.scrollIntoView({ block: "end" });
}
