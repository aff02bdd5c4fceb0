// Forms marked data-dm-once are sent once; a menu closes on Escape or on a click elsewhere; an error summary takes the focus;
// a menu wider than the screen shows where one is.
(() => {
  "use strict";

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-dm-once]")) return;
    if (form.dataset.dmSent) {
      event.preventDefault();
      return;
    }
    form.dataset.dmSent = "yes";
  });

  // A page brought back by the browser's history can be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-dm-sent]")) delete form.dataset.dmSent;
  });

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details[data-dm-menu][open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-dm-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details[data-dm-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  const here = document.querySelector(".dm-nav a[aria-current]");
  if (here) {
    const list = here.closest("ul");
    const [link, shown] = [here.getBoundingClientRect(), list.getBoundingClientRect()];
    list.scrollLeft += link.left + link.width / 2 - (shown.left + shown.width / 2);
  }

  document.querySelector("[data-dm-error-summary]:not([data-dm-still] *)")?.focus();
})();
