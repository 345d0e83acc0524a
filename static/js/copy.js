/* Buttons that copy a text of the page: data-copy names its element, data-copied is the word for success. The next
   element is the status that screen readers announce. Shown only where the browser allows it. */
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.querySelector(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent.trim());
        button.querySelector("span").textContent = button.dataset.copied;
        button.nextElementSibling.textContent = button.dataset.copied;
      } catch {
        getSelection().selectAllChildren(source); // not allowed: the person copies the selection
      }
    });
  }
}
