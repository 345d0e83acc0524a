// Keys of the page of a student's files: a link with data-key="j" opens by the key j, and ? lists the keys.

const SETTING = "atelier.single-keys"; // in localStorage, also of the timeline: "off" turns single keys off
const dialog = document.getElementById("work-keys");
const button = document.querySelector("[data-work-keys]");
const keysAct = () => localStorage.getItem(SETTING) !== "off";

function showKeys() {
  document.getElementById("single-keys").checked = keysAct();
  if (!dialog.open) dialog.showModal();
}

if (dialog) {
  if (button) {
    button.hidden = false;
    button.addEventListener("click", showKeys);
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || !keysAct()) return;
    const isComposed = event.getModifierState("AltGraph"); // [ and ] of many keyboards, with Ctrl and Alt on Windows
    if (!isComposed && (event.ctrlKey || event.metaKey || event.altKey)) return;
    if (event.target.closest("input, select, textarea, dialog, [popover]")) return;
    const isDigit = !isComposed && /^Digit[1-4]$/.test(event.code); // French keyboards have them behind Shift
    const key = isDigit ? event.code.slice(-1) : event.key;
    const link = [...document.querySelectorAll("[data-key]")].find((item) => item.dataset.key === key);
    if (event.key === "?") showKeys();
    else if (link) link.click();
    else return;
    event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "single-keys") localStorage.setItem(SETTING, event.target.checked ? "on" : "off");
  });
}
