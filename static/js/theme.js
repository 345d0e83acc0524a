// Before the first paint: "auto" becomes what the system prefers, and follows it. Light and dark are the server's.
(function () {
  "use strict";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function apply() {
    const chosen = root.dataset.theme;
    root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  }

  dark.addEventListener("change", apply);
  apply();
  window.atelierTheme = function (chosen) {
    root.dataset.theme = chosen;
    apply();
  };
})();
