// The desk's lists by the keyboard: j and k move from dossier to dossier, / seeks, ? tells. Off on demand.
(() => {
  "use strict";

  const KEY = "dm-keys";
  const list = document.querySelector("[data-dm-keys]");
  const dialog = document.querySelector("[data-dm-keys-dialog]");
  const help = document.querySelector("[data-dm-keys-help]");
  const choice = document.querySelector("[data-dm-keys-on]");
  if (!dialog) return;

  const kept = () => {
    try {
      return localStorage.getItem(KEY) !== "off";
    } catch {
      return true;
    }
  };
  let on = kept();

  const links = () => [...(list ? list.querySelectorAll("tbody th a, :scope > li .dm-queue-what > a") : [])];
  const move = (step) => {
    const all = links();
    if (!all.length) return;
    const row = document.activeElement.closest("tr, [data-dm-keys] > li");
    const here = all.findIndex((link) => row && row.contains(link));
    const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1);
    all[next].focus();
    all[next].scrollIntoView({ block: "nearest" });
  };
  const seek = () => {
    const field = document.querySelector("input[type=search]");
    if (field) field.focus();
    return Boolean(field);
  };
  const tell = () => {
    choice.checked = on;
    dialog.showModal();
  };

  if (help) {
    help.hidden = false;
    help.addEventListener("click", tell);
  }
  choice.addEventListener("change", () => {
    on = choice.checked;
    try {
      localStorage.setItem(KEY, on ? "on" : "off");
    } catch {
      // A browser that keeps nothing asks again next time.
    }
  });

  document.addEventListener("keydown", (event) => {
    if (!on || event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "?") tell();
    else if (event.key !== "/" || !seek()) return;
    event.preventDefault();
  });
})();
