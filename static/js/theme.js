// Sets light or dark before the first paint: "auto" follows the system, light and dark are the server's choice.
// A classic script on purpose: a module would run after the first paint. Where the page's <html> is not ours (the
// admin), the server writes the choice on this script's own tag. To change it later, dispatch `theme:chosen`.
(() => {
  "use strict";
  const root = document.documentElement;
  root.dataset.choice = root.dataset.choice || document.currentScript.dataset.choice || "auto";
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function apply() {
    const choice = root.dataset.choice;
    root.dataset.bsTheme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
  }

  addEventListener("beforeprint", () => (root.dataset.bsTheme = "light")); // paper is white
  addEventListener("afterprint", apply);
  dark.addEventListener("change", apply);
  apply();
  document.addEventListener("theme:chosen", ({ detail }) => {
    root.dataset.choice = detail;
    apply();
  });
})();
