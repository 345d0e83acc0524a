// Keys of the timeline page outside the rows: arrows for the time before and after, t for today, ? lists the keys.
import { showDialog, showToast } from "./timeline-commands.js";
import { byId, setting, zonedFormat } from "./timeline-plot.js";

const SETTING = "atelier.single-keys"; // in localStorage: "off" turns the single keys t and ? off

function goTo(by) {
  const address = new URL(location.href);
  const today = zonedFormat("en-CA", {})(Date.now()).slice(0, 10);
  const date = new Date(`${address.searchParams.get("day") || today}T00:00:00Z`);
  if (Number.isNaN(date.valueOf())) return;
  const range = address.searchParams.get("range");
  if (range === "month") date.setUTCMonth(date.getUTCMonth() + by, 1);
  else date.setUTCDate(date.getUTCDate() + by * (range === "day" ? 1 : 7));
  address.searchParams.set("day", date.toISOString().slice(0, 10));
  location.assign(address);
}

function goToToday() {
  const address = new URL(location.href);
  address.searchParams.delete("day");
  location.assign(address);
}

const singleKeysAct = () => localStorage.getItem(SETTING) !== "off";
const keysButton = () => document.querySelector("[data-keys]");

async function showKeys() {
  try {
    if (!byId("timeline-keys")) await loadKeys();
  } catch {
    return showToast(setting("saidFailed"));
  }
  byId("single-keys").checked = singleKeysAct();
  showDialog("timeline-keys");
}

/** Put the dialog into the page; few readers open it. */
async function loadKeys() {
  const answer = await fetch(keysButton().dataset.keys);
  if (!answer.ok || answer.redirected) throw new Error(answer.url);
  const dialog = await answer.text();
  if (!byId("timeline-keys")) byId("timeline-refused").insertAdjacentHTML("afterend", dialog);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, dialog, [popover]")) return;
  const isOutside = event.target === document.body && !event.shiftKey;
  if (event.key === "ArrowLeft" && isOutside) goTo(-1);
  else if (event.key === "ArrowRight" && isOutside) goTo(1);
  else if (event.key === "t" && singleKeysAct()) goToToday();
  else if (event.key === "?" && singleKeysAct()) showKeys();
  else return;
  event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (event.target.id === "single-keys") localStorage.setItem(SETTING, event.target.checked ? "on" : "off");
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) showKeys();
});
const showButton = () => keysButton()?.removeAttribute("hidden");
document.addEventListener("timeline:drawn", showButton);
showButton();
