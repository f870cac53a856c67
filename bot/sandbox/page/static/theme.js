// Runs before the first paint, so that a chosen theme never flashes the other one.
// @ts-check
(() => {
  "use strict";
  let chosen = null;
  let contrast = null;
  try {
    chosen = localStorage.getItem("sandbox.theme");
    contrast = localStorage.getItem("sandbox.contrast");
  } catch {
    // A browser that keeps nothing follows the system.
  }
  if (contrast === "more") document.documentElement.dataset.contrast = "more";
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
