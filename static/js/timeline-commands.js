/* Sends a change of a booking to the server and shows the outcome: a toast, or the refusal in a dialog.
   Dispatches `timeline:closed` when a dialog closes. */
import { refreshDrawing, restoreFocus } from "./timeline-drawing.js";
import { byId, setting } from "./timeline-plot.js";

let saving = false;

/** Whether a change is on its way, or its result is not drawn yet: the page shows old data meanwhile. */
export const isSaving = () => saving;

/** Post a change; show its toast or its refusal. Returns whether it was accepted. */
export async function send(action, body) {
  saving = true;
  const headers = { "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers") || "{}") };
  let page;
  let answer;
  try {
    answer = await fetch(action, { method: "POST", body, headers });
    if (answer.redirected) return location.reload(); // signed out: the page says so
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    answer = null;
  }
  closeAll();
  const refusal = page?.querySelector(".at-refusal");
  const toasts = page ? [...page.querySelectorAll(".at-toast")] : [];
  if (!refusal) await refreshDrawing().catch(() => {}); // a refusal changes nothing
  saving = false;
  if (refusal) showDialog("timeline-refused", refusal);
  else if (toasts.length) byId("toasts").replaceChildren(...toasts);
  else showToast(setting("saidFailed"));
  restoreFocus();
  return Boolean(answer?.ok);
}

export function showToast(text) {
  const toast = document.createElement("div");
  toast.className = "at-toast at-toast-plain";
  toast.textContent = text;
  byId("toasts").replaceChildren(toast);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.closest("#booking-card, #timeline-refused, #toasts")) return;
  if (new URL(form.action).pathname === setting("book")) return; // a new booking leaves the page
  event.preventDefault();
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  send(form.action, new FormData(form));
});

// --- dialogs
export function showDialog(id, content) {
  const dialog = byId(id);
  if (content) dialog.replaceChildren(content);
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
}

function closeAll() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  const card = byId("booking-card");
  if (card?.matches(":popover-open")) card.hidePopover();
}

document.addEventListener("close", () => {
  document.dispatchEvent(new CustomEvent("timeline:closed"));
  setTimeout(restoreFocus);
}, true);

document.addEventListener("click", (event) => {
  event.target.closest("[data-dialog-close]")?.closest("dialog").close();
});
