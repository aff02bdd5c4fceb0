// Dossiers ticked in the list: how many are, and all of the page at once. The form works without it.
(() => {
  "use strict";

  const form = document.querySelector("[data-dm-picks]");
  if (!form) return;
  const boxes = [...document.querySelectorAll("[data-dm-pick]")];
  const told = form.querySelector("[data-dm-picked]");
  const all = form.querySelector("[data-dm-pick-all]");

  const tell = () => {
    const count = boxes.filter((box) => box.checked).length;
    told.textContent = count ? ` (${count})` : "";
    all.textContent = count === boxes.length ? "Tout décocher" : "Tout cocher sur cette page";
  };

  all.hidden = false;
  all.addEventListener("click", () => {
    const on = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = on;
    tell();
  });
  for (const box of boxes) box.addEventListener("change", tell);
  tell();
})();
