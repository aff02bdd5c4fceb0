// Files dropped on, or chosen in, a form marked data-dm-upload are sent at once, one by one: each has its progress, its
// answer and, when the connection is lost, its own « Réessayer ». Regions marked data-dm-fresh then show the new state;
// a page that waits for the antivirus (data-dm-wait) looks again by itself. data-dm-fill copies a value into a field.
(() => {
  "use strict";

  const MOST_BYTES = 25 * 1024 * 1024;
  const OFFICE = /\.(docx?|odt|rtf|xlsx?|ods|pptx?|odp)$/;
  const WAIT_MS = 5000;
  const MOST_WAITS = 60;
  const PATIENCE_MS = 5 * 60 * 1000;
  const rows = new Map(); // id of a form → the rows that still have something to say
  const queue = [];
  let busy = false;
  let waits = 0;

  document.documentElement.classList.add("dm-uploads-on");

  const size = (bytes) => {
    const mega = bytes / 1024 / 1024;
    const [figure, unit] = mega >= 1 ? [mega, "Mo"] : [Math.max(1, bytes / 1024), "ko"];
    return `${figure.toLocaleString("fr-FR", { maximumFractionDigits: 1 })}\u00a0${unit}`;
  };
  const make = (tag, className, text = "") => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
  };
  const formOf = (node) => node?.closest?.("[data-dm-upload]");

  // ---- One row for each file ------------------------------------------------------------------
  const rowFor = (form, file) => {
    const row = make("li", "dm-upload");
    row.append(make("b", "", file.name), make("small", "", size(file.size)));
    const progress = document.createElement("progress");
    progress.className = "dm-progress";
    progress.max = 100;
    progress.value = 0;
    progress.setAttribute("aria-label", `Envoi de ${file.name}`);
    row.append(progress, make("p", "dm-upload-state", "En attente…"));
    form.querySelector("[data-dm-uploads]").append(row);
    rows.set(form.id, [...(rows.get(form.id) ?? []), row]);
    return row;
  };
  const say = (row, text) => {
    row.querySelector(".dm-upload-state").textContent = text;
  };
  const forget = (row) => {
    for (const [id, kept] of rows) rows.set(id, kept.filter((one) => one !== row));
    row.remove();
  };
  const button = (row, text, act) => {
    const made = make("button", "btn btn-outline-secondary btn-sm", text);
    made.type = "button";
    made.addEventListener("click", act);
    row.insertBefore(made, row.querySelector(".dm-file-note"));
  };
  const close = (row, tone, notes) => {
    row.querySelector("progress")?.remove();
    row.querySelector(".dm-upload-state")?.remove();
    for (const one of row.querySelectorAll("button, .dm-file-note")) one.remove();
    row.dataset.tone = tone;
    for (const note of notes) row.append(make("p", `dm-file-note dm-tone-${note.tone}`, note.text));
  };
  const refuse = (row, text) => {
    close(row, "danger", [{ tone: "danger", text: `Non joint. ${text}` }]);
    button(row, "Fermer", () => forget(row));
  };
  const fail = (job, text) => {
    close(job.row, "danger", [{ tone: "danger", text }]);
    button(job.row, "Réessayer", () => {
      const fresh = rowFor(document.getElementById(job.form) ?? job.row.closest("form"), job.file);
      forget(job.row);
      queue.push({ ...job, row: fresh });
      next();
    });
    button(job.row, "Abandonner", () => forget(job.row));
  };

  // ---- Sending --------------------------------------------------------------------------------
  const fits = (form, file) => {
    const accepted = form.querySelector("input[type=file]").accept.toLowerCase().split(",");
    const name = file.name.toLowerCase();
    if (!accepted.some((ending) => name.endsWith(ending))) {
      const taken = accepted.filter((one) => one !== ".jpeg").map((one) => one.slice(1).toUpperCase()).join(", ");
      const remedy = OFFICE.test(name) ? " Enregistrez d’abord ce document au format PDF." : "";
      return `Ce type de fichier n’est pas accepté ici\u00a0: ${taken} seulement.${remedy}`;
    }
    if (file.size > MOST_BYTES) return `Ce fichier dépasse 25\u00a0Mo (${size(file.size)})\u00a0: réduisez-le, ou déposez-le en plusieurs parties.`;
    return file.size ? "" : "Ce fichier est vide.";
  };

  const add = (form, files) => {
    const several = form.querySelector("input[type=file]").multiple;
    for (const file of several ? files : [...files].slice(0, 1)) {
      const row = rowFor(form, file);
      const reason = fits(form, file);
      if (reason) refuse(row, reason);
      else queue.push({ form: form.id, action: form.action, fields: fieldsOf(form), file, row });
    }
    form.querySelector("input[type=file]").value = "";
    next();
  };
  const fieldsOf = (form) => [...new FormData(form)].filter(([name, value]) => name !== "files" && typeof value === "string");

  const next = () => {
    if (busy) return;
    const job = queue.shift();
    if (!job) return;
    busy = true;
    send(job, () => {
      busy = false;
      if (queue.length) next();
      else refresh();
    });
  };

  const send = (job, done) => {
    const body = new FormData();
    for (const [name, value] of job.fields) body.append(name, value);
    body.append("files", job.file, job.file.name);
    const request = new XMLHttpRequest();
    const progress = job.row.querySelector("progress");
    say(job.row, "Envoi…");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      progress.value = (100 * event.loaded) / event.total;
      if (event.loaded === event.total) say(job.row, "Vérification…");
    });
    request.addEventListener("load", () => {
      answered(job, request);
      done();
    });
    for (const failure of ["error", "timeout", "abort"]) {
      request.addEventListener(failure, () => {
        fail(job, "La connexion est coupée\u00a0: ce fichier n’est pas joint. Les autres et votre saisie sont gardés.");
        done();
      });
    }
    request.open("POST", job.action);
    request.timeout = PATIENCE_MS;
    request.setRequestHeader("Accept", "application/json");
    request.send(body);
  };

  const answered = (job, request) => {
    let told = null;
    try {
      [told] = JSON.parse(request.responseText).files;
    } catch {
      if (new URL(request.responseURL || job.action, window.location.href).pathname.startsWith("/compte/")) {
        fail(job, "Votre session a expiré\u00a0: reconnectez-vous dans un autre onglet, puis réessayez. Ce fichier n’est pas joint.");
      } else {
        fail(job, "Le portail n’a pas pu prendre ce fichier\u00a0: il n’est pas joint, le reste est gardé. Réessayez dans un instant.");
      }
      return;
    }
    if (!told.joined) {
      refuse(job.row, told.notes.map((note) => note.text).join(" "));
      return;
    }
    close(job.row, "success", told.notes);
    // Beside one piece, the file itself is about to be shown with the same notes.
    if (job.form === "zone-tout") button(job.row, "Fermer", () => forget(job.row));
    else job.row.dataset.passing = "yes";
  };

  // ---- The page as it is now, without what is being typed being lost ---------------------------
  const regions = () => [...document.querySelectorAll("[data-dm-fresh][id]")].filter((one) => !one.parentElement.closest("[data-dm-fresh]"));
  const typedIn = (region) => [...region.querySelectorAll("input, textarea, select")].filter((field) => {
    if (!field.id || ["file", "hidden"].includes(field.type)) return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.value !== field.defaultValue;
  });

  const swap = (region, fresh) => {
    const typed = typedIn(region).map((field) => [field.id, field.value, field.checked]);
    const open = [...region.querySelectorAll("details[open][id]")].map((one) => one.id);
    const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
    region.replaceWith(fresh);
    for (const [id, value, checked] of typed) {
      const field = document.getElementById(id);
      if (field) Object.assign(field, { value, checked });
    }
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    for (const [id, kept] of rows) fresh.querySelector(`#${CSS.escape(id)} [data-dm-uploads]`)?.append(...kept);
    window.htmx?.process(fresh);
    if (focused) document.getElementById(focused)?.focus();
  };

  const refresh = async () => {
    let text = "";
    try {
      const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      text = await answer.text();
    } catch {
      return;
    }
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const row of document.querySelectorAll("[data-passing]")) forget(row);
    for (const region of regions()) {
      const fresh = page.getElementById(region.id);
      if (fresh) swap(region, fresh);
    }
    for (const id of ["bilan", "reste"]) {
      const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
      if (old && fresh) old.replaceWith(fresh);
    }
    watch();
  };

  const watch = () => {
    if (!document.querySelector("[data-dm-wait]") || waits >= MOST_WAITS) return;
    waits += 1;
    setTimeout(() => (queue.length || busy ? watch() : refresh()), WAIT_MS);
  };

  // ---- Doors ----------------------------------------------------------------------------------
  document.addEventListener("change", (event) => {
    const form = formOf(event.target);
    if (form && event.target.type === "file" && event.target.files.length) add(form, [...event.target.files]);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const form = formOf(event.target);
      if (!form) return;
      event.preventDefault();
      form.classList.toggle("dm-drop-over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) add(form, [...event.dataTransfer.files]);
    });
  }
  document.addEventListener("click", (event) => {
    const source = event.target.closest?.("[data-dm-fill]");
    const field = source && document.getElementById(source.dataset.dmFill);
    if (!field) return;
    event.preventDefault();
    field.value = source.value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
    source.hidden = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (busy || queue.length) event.preventDefault();
  });
  watch();
})();
