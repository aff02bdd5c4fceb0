// The simulator while one types: sets errors beside their fields, keeps what is answered while the questions are
// redrawn, goes from step to step on a narrow screen, and copies the link of the simulation.
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
      button.querySelector("span").textContent = "Lien copié";
    } catch {
      field.closest("details").open = true;
      field.select();
    }
  });

  // ---- One step at a time, on a narrow screen ---------------------------------------------------
  // The steps are in the page already; the address keeps the one that is shown, so that « back » goes back a step.
  const narrow = window.matchMedia("(max-width: 61.99rem)");
  let focusNext = "";

  const show = (step) => {
    const simulator = document.getElementById("simulator");
    simulator.classList.remove(`dm-at-${simulator.dataset.dmAt}`);
    simulator.classList.add(`dm-at-${step}`);
    simulator.dataset.dmAt = step;
    simulator.querySelector("[data-dm-step-now]").value = step;
    for (const button of simulator.querySelectorAll(".dm-wizard [data-dm-step]")) {
      if (button.dataset.dmStep === step) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
  };

  const addressAt = (step) => {
    const address = new URL(window.location.href);
    if (step === "1") address.searchParams.delete("etape");
    else address.searchParams.set("etape", step);
    address.hash = "";
    return address.toString();
  };

  const goTo = (step) => {
    show(step);
    document.getElementById("simulator").scrollIntoView();
    document.getElementById(`etape-${step}`).focus({ preventScroll: true });
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#simulator [data-dm-step]");
    if (!button || !narrow.matches) return;
    event.preventDefault();
    const step = button.dataset.dmStep;
    if (step !== document.getElementById("simulator").dataset.dmAt) {
      history.pushState({}, "", addressAt(step));
    }
    goTo(step);
  });

  // « Back » leads to the step before with what was typed since: htmx must not fetch the older answers.
  window.addEventListener("popstate", (event) => {
    // Following a link to a field of the page is no going back.
    if (!document.getElementById("simulator") || window.location.hash) return;
    event.stopImmediatePropagation();
    goTo(new URL(window.location.href).searchParams.get("etape") ?? "1");
  }, { capture: true });

  // An error named elsewhere leads to its field, whichever step it is on.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#f_']");
    const field = link && document.getElementById(link.hash.slice(1));
    const heading = field?.closest(".dm-step")?.querySelector("h2[id^=etape-]");
    if (!heading || !narrow.matches) return;
    show(heading.id.slice(-1));
    const folded = field.closest("details");
    if (folded) folded.open = true;
  });

  // A row that was added starts where its first answer goes.
  document.addEventListener("click", (event) => {
    focusNext = event.target.closest("[data-dm-focus]")?.dataset.dmFocus ?? "";
  });

  // ---- Answers given while the questions are redrawn --------------------------------------------
  // The new questions hold what was sent; whoever answers faster than the server must find it again.
  let late = [];
  let drawn = [];
  let caret = null;
  let reached = "";

  const answersOf = (form) => {
    const answers = new FormData(form);
    const fields = [...form.elements].filter((field) => field.name && !field.matches("button, [type=hidden]"));
    return [...new Set(fields.map((field) => field.name))]
      .map((name) => [name, answers.getAll(name)]);
  };

  const said = (values) => JSON.stringify([...values].sort());

  const caretOf = (field) => (
    field?.matches("input[type=text], textarea")
      ? { id: field.id, from: field.selectionStart, to: field.selectionEnd }
      : null
  );

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "simulator") return;
    reached = event.detail.target.dataset.dmAt;
    const sent = event.detail.requestConfig.formData;
    caret = caretOf(document.activeElement);
    late = answersOf(event.detail.target.querySelector("form"))
      .filter(([name, values]) => said(values) !== said(sent.getAll(name)));
  });

  // At once, before the next key: whoever is typing goes on where the caret stood.
  const restore = (form) => {
    for (const [name, values] of late) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (field.matches("[type=radio], [type=checkbox]")) field.checked = values.includes(field.value);
        else field.value = values[0] ?? "";
      }
    }
    const typing = caret && document.getElementById(caret.id);
    if (typing && typing === document.activeElement) typing.setSelectionRange(caret.from, caret.to);
    drawn = answersOf(form);
  };

  document.addEventListener("htmx:afterSwap", () => {
    const form = document.querySelector("#simulator form");
    if (form && reached) restore(form);
  });

  // htmx listens to the new questions from now on: tell it what was answered meanwhile.
  const tell = (form) => {
    const now = new Map(answersOf(form));
    const since = drawn.filter(([name, values]) => said(values) !== said(now.get(name) ?? []));
    const changed = [...late, ...since].map(([name]) => form.elements.namedItem(name)).filter(Boolean);
    const fields = changed.map((field) => (field instanceof RadioNodeList ? field[0] : field));
    late = [];
    drawn = [];
    // A field of structure redraws the questions once more, any other one the answer.
    const structural = fields.find((field) => field.closest("[hx-trigger=change]"));
    if (structural) structural.dispatchEvent(new Event("change", { bubbles: true }));
    else if (fields.length) fields[0].dispatchEvent(new Event("input", { bubbles: true }));
  };

  // Whoever went on to another step meanwhile is not brought back to the one the questions were asked from.
  const stay = () => {
    const simulator = document.getElementById("simulator");
    if (reached && simulator && simulator.dataset.dmAt !== reached) {
      show(reached);
      history.replaceState(history.state, "", addressAt(reached));
    }
    reached = "";
  };

  document.addEventListener("htmx:afterSettle", () => {
    stay();
    const form = document.querySelector("#simulator form");
    if (form) tell(form);
    const added = focusNext && document.getElementById(focusNext);
    if (added) {
      focusNext = "";
      added.focus();
    }
    place();
    mark();
    offerCopy();
  });
  mark();
  offerCopy();
})();
