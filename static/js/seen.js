// Tells the portal that a page addressed to a firm has been opened, since reading it writes nothing by itself.
(() => {
  "use strict";

  const shown = document.querySelector("[data-dm-tell]");
  if (!shown) return;
  const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  fetch(shown.dataset.dmTell, {
    method: "POST",
    headers: { "X-CSRFToken": token },
    credentials: "same-origin",
  }).catch(() => {});
})();
