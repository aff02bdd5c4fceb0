// Files dropped on, or chosen in, a form marked data-dm-upload are sent at once, with their progress shown.
(() => {
  "use strict";

  const formOf = (event) => event.target.closest?.("[data-dm-upload]");

  const put = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("main");
    const main = document.querySelector("main");
    if (!fresh || !main) {
      window.location.reload();
      return;
    }
    main.replaceWith(fresh);
    window.htmx?.process(fresh);
    document.dispatchEvent(new Event("dm:page"));
    const said = fresh.querySelector(".dm-messages, .invalid-feedback[role=alert]");
    said?.setAttribute("tabindex", "-1");
    said?.focus();
  };

  const send = (form) => {
    const progress = form.querySelector("progress");
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => {
      if (progress && event.lengthComputable) progress.value = (100 * event.loaded) / event.total;
    });
    request.addEventListener("load", () => put(request.responseText));
    request.addEventListener("error", () => {
      form.classList.remove("dm-drop-busy");
      if (progress) progress.hidden = true;
      form.querySelector(".form-text").textContent = "L’envoi a été interrompu : rien n’a été joint. Réessayez.";
    });
    if (progress) progress.hidden = false;
    form.classList.add("dm-drop-busy");
    request.open("POST", form.action);
    request.send(new FormData(form));
  };

  document.addEventListener("change", (event) => {
    const form = formOf(event);
    if (form && event.target.type === "file" && event.target.files.length) send(form);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const form = formOf(event);
      if (!form) return;
      event.preventDefault();
      form.classList.toggle("dm-drop-over", kind === "dragover");
      if (kind !== "drop" || !event.dataTransfer.files.length) return;
      form.querySelector("input[type=file]").files = event.dataTransfer.files;
      send(form);
    });
  }
})();
