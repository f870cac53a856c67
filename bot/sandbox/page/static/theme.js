// Runs before the first paint, so that a chosen theme never flashes the other one.
// @ts-check
(() => {
  "use strict";
  let chosen = null;
  try {
    chosen = localStorage.getItem("sandbox.theme");
  } catch {
    // A browser that keeps nothing follows the system.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
