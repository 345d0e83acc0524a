/* Says when a form that saves as one chooses (`data-not-saved`: the sentence) could not save. */
for (const kind of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(kind, ({ detail: { requestConfig: { elt }, target } }) => {
    if (elt.dataset.notSaved) target.textContent = elt.dataset.notSaved;
  });
}
