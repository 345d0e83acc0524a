/* After a change, an element with `data-rows` fetches the rows that changed, not its whole fragment.

   <div data-live="farm" data-rows="machine agenda" data-layout="3f1c" hx-get="…"> has rows with ids such as machine-12
   and agenda-12. The request has `?machine=12`, the layout, and when the page was drawn. The answer has the rows, each
   swapped by its id, and what stands around them (hx-swap-oob). Where rows do not suffice, the server sends a `live`
   event instead (live/row_request.py).

   A whole fragment is sent with the version that the page shows (ETag): if it is unchanged, nothing is swapped. */
const versions = new Map(); // id of the element -> version of the fragment that it shows
const drawn = new Map(); // id of the element -> when the server read what it shows, in epoch seconds

document.addEventListener("live-rows", ({ target, detail: { ids } }) => {
  const [name] = target.dataset.rows.split(" ");
  const shown = ids.filter((id) => document.getElementById(`${name}-${id}`));
  const since = drawn.get(target.id) ?? document.getElementById("live-stream").dataset.drawn;
  const values = { [name]: shown.length ? shown : "", layout: target.dataset.layout ?? "", since };
  htmx.ajax("GET", target.getAttribute("hx-get"), { source: target, target, swap: "none", values });
});

/** The ids of the rows in an answer that the page shows, too: it has not loaded all parts of a long list. */
function rowsToSwap(html, names) {
  const ids = [...html.matchAll(/ id="([a-z]+)-([0-9]+)"/g)].filter(([, name]) => names.includes(name));
  return ids.map(([, name, id]) => `${name}-${id}`).filter((id) => document.getElementById(id));
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const live = detail.target.closest("[data-live]");
  if (!live) return;
  if (detail.xhr.status === 304) {
    detail.shouldSwap = false;
    noteTime(live, detail.xhr);
    return;
  }
  if (detail.shouldSwap) versions.delete(live.id);
  if (detail.etc.swapOverride === "none" && live.dataset.rows) {
    const names = live.dataset.rows.split(" ");
    detail.etc.selectOOB = rowsToSwap(detail.serverResponse, names).map((id) => `#${id}`).join(",");
  }
});

// Not before the swap: a drag may prevent it.
document.addEventListener("htmx:afterSwap", ({ detail: { target, xhr, etc } }) => {
  if (!target?.matches("[data-live]")) return;
  noteTime(target, xhr);
  if (etc.swapOverride !== "none") versions.set(target.id, xhr.getResponseHeader("ETag"));
});

function noteTime(element, xhr) {
  const time = xhr.getResponseHeader("Atelier-Drawn");
  if (time) drawn.set(element.id, time);
}

document.addEventListener("htmx:configRequest", ({ detail: { elt, headers } }) => {
  const version = elt.matches("[data-live]") && versions.get(elt.id);
  if (version) headers["If-None-Match"] = version;
});
