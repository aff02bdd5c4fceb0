// Forms marked data-dm-autosave save themselves as one goes, and find what was typed again when the session ended
// meanwhile; data-dm-when="field=a,b" shows what an answer calls for.
(() => {
  "use strict";

  const timers = new WeakMap();

  const schedule = (form, delay) => {
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => window.htmx?.trigger(form, "dm:save"), delay));
  };

  // ---- Saving ---------------------------------------------------------------------------------
  // What stands in [data-dm-unsaved] is a choice that a button sends, not an answer.
  const answered = (event, delay) => {
    const form = event.target.form;
    if (form?.matches("[data-dm-autosave]") && !event.target.closest("[data-dm-unsaved]")) schedule(form, delay);
  };
  document.addEventListener("change", (event) => answered(event, 150));
  document.addEventListener("input", (event) => answered(event, 1200));

  // ---- A session that ended -------------------------------------------------------------------
  // What is sent waits in this tab until the portal says that it was read; the revision it was typed on goes with it,
  // so that what somebody else wrote meanwhile shows as a conflict.
  const KEPT = "dm-typed";
  const fieldsOf = (form) => [...form.elements].filter((field) => {
    return field.name && field.name !== "csrfmiddlewaretoken" && !field.disabled && !["file", "submit"].includes(field.type);
  });
  const ticks = (field) => field.type === "checkbox" || field.type === "radio";

  const keep = (form, { reopened = false } = {}) => {
    const typed = fieldsOf(form).map((field) => [field.name, field.value, ticks(field) && field.checked]);
    try {
      window.sessionStorage.setItem(KEPT, JSON.stringify({ page: window.location.pathname, reopened, typed }));
    } catch {
      // Storage may be closed to this site: what was saved before the session ended remains.
    }
  };

  const forget = () => {
    try {
      window.sessionStorage.removeItem(KEPT);
    } catch {
      // Nothing was kept.
    }
  };

  const find = () => {
    const form = document.querySelector("[data-dm-autosave]");
    let kept = null;
    try {
      kept = JSON.parse(window.sessionStorage.getItem(KEPT) ?? "null");
    } catch {
      return;
    }
    forget();
    if (!form || !kept || kept.page !== window.location.pathname) return;
    if (!kept.reopened && !document.referrer.includes("/compte/")) return;
    for (const [name, value, checked] of kept.typed) {
      for (const field of fieldsOf(form)) {
        if (field.name !== name) continue;
        if (!ticks(field)) field.value = value;
        else if (field.value === value) field.checked = checked;
      }
    }
    say("Votre session avait expiré : votre saisie est retrouvée.");
    schedule(form, 1500);
  };

  // A save under way ends before the page is sent, so that nobody is in conflict with themselves.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-dm-autosave]")) return;
    clearTimeout(timers.get(form));
    keep(form);
    if (!form.classList.contains("htmx-request")) return;
    event.preventDefault();
    form.addEventListener("htmx:afterOnLoad", () => form.requestSubmit(event.submitter), { once: true });
  });

  const say = (text) => {
    const state = document.getElementById("etat");
    if (state) state.textContent = text;
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.matches("[data-dm-autosave]")) return;
    keep(event.target);
    say("Enregistrement…");
  });
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.target.matches("[data-dm-autosave]") && !event.detail.xhr.getResponseHeader("HX-Redirect")) forget();
  });
  // The page itself is opened again when only its form had grown old: somebody signed in from another tab.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const form = event.target;
    if (!form.matches("[data-dm-autosave]")) return;
    const onward = event.detail.xhr.getResponseHeader("HX-Redirect") ?? "";
    if (onward.split("?")[0] === window.location.pathname) keep(form, { reopened: true });
  });
  // Coming back to the tab says at once who else is there, and whether the session still runs.
  document.addEventListener("visibilitychange", () => {
    const ping = document.querySelector("[data-dm-presence]");
    if (ping && document.visibilityState === "visible") window.htmx?.trigger(ping, "dm:here");
  });
  // The ping of presence never leaves the page: what is being typed stays, and waits for the next sign-in.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (!event.target.matches("[data-dm-presence]") || !event.detail.xhr.getResponseHeader("HX-Redirect")) return;
    event.preventDefault();
    const form = document.querySelector("[data-dm-autosave]");
    if (form) keep(form);
    say("Votre session a expiré : votre saisie reste dans la page. Enregistrez pour vous reconnecter et la retrouver.");
  });
  for (const failure of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => {
      if (!event.target.matches("[data-dm-autosave]")) return;
      say("Non enregistré : la connexion est coupée. Votre saisie reste dans la page ; elle sera enregistrée à la prochaine modification.");
    });
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    if (status === 409 || status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    } else if (status >= 400 && event.target.matches("[data-dm-autosave], #etat")) {
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
  find();
  reveal();
})();
