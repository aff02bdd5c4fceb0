// The simulator while one types: sets errors beside their fields, and copies the link of the simulation.
(() => {
  "use strict";

  const place = () => {
    const found = document.querySelector("#answer [data-dm-errors]");
    if (!found) return;
    for (const beside of document.querySelectorAll("#simulator .invalid-feedback")) {
      beside.textContent = found.querySelector(`[data-dm-for="${beside.id}"]`)?.textContent ?? "";
    }
  };

  const mark = () => {
    for (const error of document.querySelectorAll("#simulator .invalid-feedback")) {
      const field = document.getElementById(error.id.replace(/_error$/, ""));
      if (!field || field.tagName === "FIELDSET") continue;
      const wrong = error.textContent.trim() !== "";
      field.classList.toggle("is-invalid", wrong);
      if (wrong) {
        field.setAttribute("aria-invalid", "true");
        field.setAttribute("aria-describedby", error.id);
      } else {
        field.removeAttribute("aria-invalid");
      }
    }
  };

  const offerCopy = () => {
    for (const button of document.querySelectorAll("[data-dm-copy]")) button.hidden = !navigator.clipboard;
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-dm-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.dmCopy);
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copié";
    } catch {
      field.select();
    }
  });

  document.addEventListener("htmx:afterSettle", () => {
    place();
    mark();
    offerCopy();
  });
  mark();
  offerCopy();
})();
