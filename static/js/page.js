/* Shared by every page: menus that close, the theme without a reload, filters that apply on change, focus on the first
   invalid field. Without scripts the same forms and links work. */

// --- menus: one open at a time; Escape and a click elsewhere close it
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.at-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.at-menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// --- a form that came back with errors: focus its first invalid field
if (!document.querySelector("main [autofocus]")) document.querySelector("main [aria-invalid='true']")?.focus();

// --- theme: applied at once (theme.js), and saved on the server
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-form]") || !event.submitter) return;
  event.preventDefault();
  const choice = event.submitter.value;
  const body = new FormData(form, event.submitter);
  document.dispatchEvent(new CustomEvent("theme:chosen", { detail: choice }));
  for (const button of form.querySelectorAll("button")) {
    if (button.value === choice) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  const menu = form.closest("details");
  menu.open = false;
  menu.querySelector("summary").focus();
  fetch(form.action, { method: "POST", body, redirect: "manual" });
});

// --- filters: applied when they change; without scripts an Apply button shows
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submit-on-change]");
  if (form) form.requestSubmit();
});
