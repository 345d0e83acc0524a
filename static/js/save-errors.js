/* Forms that save as one chooses (`data-not-saved`: the sentence when that fails). A session that has ended leads to the
   sign-in page, which keeps the form. */
for (const kind of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(kind, ({ detail: { requestConfig: { elt }, target } }) => {
    if (elt.dataset.notSaved) target.textContent = elt.dataset.notSaved;
  });
}
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { xhr, requestConfig: { elt, path } } = detail;
  if (!elt.dataset.notSaved || new URL(xhr.responseURL).pathname === new URL(path, location).pathname) return;
  detail.shouldSwap = false;
  location.assign(xhr.responseURL);
});
