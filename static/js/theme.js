// Light or dark: what the person chose here, else what the device asks for. Loaded before the first paint.
(() => {
  "use strict";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    try {
      return window.localStorage.getItem("dm-theme");
    } catch {
      return null;
    }
  };

  const apply = () => {
    root.dataset.bsTheme = chosen() || (system.matches ? "dark" : "light");
    for (const button of document.querySelectorAll("[data-dm-theme]")) {
      button.hidden = false;
      button.setAttribute("aria-pressed", String(root.dataset.bsTheme === "dark"));
    }
  };

  const toggle = () => {
    try {
      window.localStorage.setItem("dm-theme", root.dataset.bsTheme === "dark" ? "light" : "dark");
    } catch {
      // Storage may be closed to this site: the choice then lasts for the page.
      root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
      return;
    }
    apply();
  };

  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dm-theme]")) toggle();
  });
})();
