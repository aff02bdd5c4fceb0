// The simulator while one types: sets errors beside their fields, keeps what is answered while the questions are
// redrawn, and copies the link of the simulation.
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

  // ---- Answers given while the questions are redrawn --------------------------------------------
  // The new questions hold what was sent; whoever answers faster than the server must find it again.
  let late = [];

  const answersOf = (form) => {
    const answers = new FormData(form);
    return [...new Set([...form.elements].map((field) => field.name).filter(Boolean))]
      .map((name) => [name, answers.getAll(name)]);
  };

  const restore = (form) => {
    for (const [name, values] of late) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (field.matches("[type=radio], [type=checkbox]")) field.checked = values.includes(field.value);
        else field.value = values[0] ?? "";
      }
    }
    // A field of structure redraws the questions once more, any other one the answer.
    const changed = late.map(([name]) => form.elements.namedItem(name)).filter(Boolean);
    const fields = changed.map((field) => (field instanceof RadioNodeList ? field[0] : field));
    late = [];
    const structural = fields.find((field) => field.closest("[hx-trigger=change]"));
    if (structural) structural.dispatchEvent(new Event("change", { bubbles: true }));
    else if (fields.length) fields[0].dispatchEvent(new Event("input", { bubbles: true }));
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "simulator") return;
    const sent = event.detail.requestConfig.formData;
    const said = (values) => JSON.stringify([...values].sort());
    late = answersOf(event.detail.target.querySelector("form"))
      .filter(([name, values]) => said(values) !== said(sent.getAll(name)));
  });

  document.addEventListener("htmx:afterSettle", () => {
    const form = document.querySelector("#simulator form");
    if (late.length && form) restore(form);
    place();
    mark();
    offerCopy();
  });
  mark();
  offerCopy();
})();
