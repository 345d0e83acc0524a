// Select2, which Django's admin brings, leaves its search fields without a name: each gets that of its label, whenever
// it appears.
new MutationObserver(() => {
  for (const field of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
    const label = field.closest(".form-row")?.querySelector("label");
    if (label) field.setAttribute("aria-label", label.textContent.trim().replace(/\s*:$/, ""));
  }
}).observe(document.documentElement, { childList: true, subtree: true });
