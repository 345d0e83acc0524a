// Select2, which Django's admin brings, gives its search fields no accessible name: each gets the text of its label,
// whenever it appears.
function nameSearchFields() {
  for (const field of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
    const label = field.closest(".form-row")?.querySelector("label");
    if (label) field.setAttribute("aria-label", label.textContent.trim().replace(/\s*:$/, ""));
  }
}

new MutationObserver(nameSearchFields).observe(document.documentElement, { childList: true, subtree: true });
nameSearchFields();
