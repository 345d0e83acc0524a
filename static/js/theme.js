// Before the first paint: "auto" becomes what the system prefers, and follows it. Light and dark are the server's.
// Where the page's <html> is not ours (the admin), the server writes the choice on this script's own tag.
(function () {
  "use strict";
  const root = document.documentElement;
  root.dataset.choice = root.dataset.choice || document.currentScript.dataset.choice || "auto";
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function apply() {
    const chosen = root.dataset.choice;
    root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  }

  dark.addEventListener("change", apply);
  apply();
  window.atelierTheme = function (chosen) {
    root.dataset.choice = chosen;
    apply();
  };
})();
