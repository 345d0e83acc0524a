// Toasts: each goes after 8 s, but not while it has the focus or the pointer. Ctrl+Z presses a toast's Undo button.
const TOAST_MS = 8000;
const toasts = document.getElementById("toasts");

function startTimer(toast) {
  if (toast.dataset.timed) return;
  toast.dataset.timed = "yes";
  const removeUnlessUsed = () => {
    if (toast.matches(":focus-within, :hover")) setTimeout(removeUnlessUsed, TOAST_MS);
    else toast.remove();
  };
  setTimeout(removeUnlessUsed, TOAST_MS);
}

const startTimers = () => toasts.querySelectorAll(".at-toast").forEach(startTimer);
new MutationObserver(startTimers).observe(toasts, { childList: true });
startTimers();

// By Tab the toast may be gone before the focus gets there.
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  const undo = toasts.querySelector("form button:not(:disabled)");
  if (!undo || event.target.closest("input:not([type=checkbox]), textarea, select, dialog[open]")) return;
  event.preventDefault();
  undo.click();
});

toasts.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest(".at-toast").remove();
});
