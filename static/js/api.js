// The browsable API: sends the raw body with any method and shows the answer in place.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const method = form.dataset.apiMethod;
  if (!method) return;
  event.preventDefault();
  const data = new FormData(form);
  const options = { method, headers: { Accept: "text/html", "X-CSRFToken": data.get("csrfmiddlewaretoken") } };
  if (data.has("_content")) {
    options.body = data.get("_content");
    options.headers["Content-Type"] = data.get("_content_type");
  }
  const answer = await fetch(form.action, options);
  if (answer.status === 204) {
    location.assign(form.action);
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = page.getElementById("main");
  if (main) document.getElementById("main").replaceWith(main);
  window.scrollTo(0, 0);
});
