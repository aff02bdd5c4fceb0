// Forms marked data-dm-autosave save themselves as one goes; data-dm-when="field=a,b" shows what an answer calls for.
(() => {
  "use strict";

  const timers = new WeakMap();

  const schedule = (form, delay) => {
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => window.htmx?.trigger(form, "dm:save"), delay));
  };

  // ---- Saving ---------------------------------------------------------------------------------
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-dm-autosave]")) schedule(form, 150);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-dm-autosave]")) schedule(form, 1200);
  });

  // A save under way ends before the page is sent, so that nobody is in conflict with themselves.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-dm-autosave]")) return;
    clearTimeout(timers.get(form));
    if (!form.classList.contains("htmx-request")) return;
    event.preventDefault();
    form.addEventListener("htmx:afterOnLoad", () => form.requestSubmit(event.submitter), { once: true });
  });

  const say = (text) => {
    const state = document.getElementById("etat");
    if (state) state.textContent = text;
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("[data-dm-autosave]")) say("Enregistrement…");
  });
  for (const failure of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, () => {
      say("Non enregistré : la connexion est coupée. Votre saisie reste dans la page ; elle sera enregistrée à la prochaine modification.");
    });
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    if (status === 409 || status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    } else if (status >= 400) {
      say("Non enregistré : rechargez la page pour voir où en est la demande.");
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const error of document.querySelectorAll("[data-dm-autosave] .dm-field-error")) {
      const field = error.closest("[data-dm-field]");
      for (const input of field?.querySelectorAll("input, select, textarea") ?? []) {
        input.setAttribute("aria-invalid", error.textContent.trim() ? "true" : "false");
        input.classList.toggle("is-invalid", Boolean(error.textContent.trim()));
      }
    }
  });

  // ---- What an answer calls for ---------------------------------------------------------------
  const answer = (form, name) => {
    const found = form.elements.namedItem(name);
    return found && "value" in found ? found.value : "";
  };
  const reveal = () => {
    for (const part of document.querySelectorAll("[data-dm-when]")) {
      const [name, values] = part.dataset.dmWhen.split("=");
      const form = part.closest("form");
      const wanted = values.split(",").includes(answer(form, name));
      const hasError = part.querySelector(".dm-field-error p") !== null;
      part.hidden = !wanted && !hasError;
    }
  };
  document.addEventListener("change", reveal);
  document.addEventListener("dm:page", reveal);
  reveal();
})();
