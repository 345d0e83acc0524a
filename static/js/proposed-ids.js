// Shows in an empty field of an id the id that follows from the title, as kernel/ids.py proposes it.
// The server decides: it adds a number when the id is taken. A title of the list beside the field has an id already.

const LONGEST = 60;

function proposedId(title) {
  const trimmed = title.trim();
  if (/^[A-Za-z0-9._-]+$/.test(trimmed)) return trimmed;
  const lower = trimmed.toLowerCase().replaceAll("œ", "oe").replaceAll("æ", "ae");
  const letters = lower.normalize("NFKD").replace(/\p{M}/gu, "");
  return letters.replace(/[^a-z0-9._-]+/g, "-").slice(0, LONGEST).replace(/^[._-]+|[._-]+$/g, "");
}

function knownId(field) {
  const known = [...(field.list?.options ?? [])];
  return known.find((option) => option.value === field.value.trim())?.dataset.id;
}

for (const field of document.querySelectorAll("[data-proposed-from]")) {
  const title = document.getElementById(field.dataset.proposedFrom);
  if (!title || field.disabled) continue;
  const show = () => { field.placeholder = knownId(title) ?? proposedId(title.value); };
  title.addEventListener("input", show);
  show();
}
