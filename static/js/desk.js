// A dossier's page at the desk: a page of a document opens beside it, and the portal is told that the page is in front.
(() => {
  "use strict";

  // --- The document beside -----------------------------------------------------------------------
  const place = document.querySelector("[data-dm-beside-place]");
  const wide = window.matchMedia("(min-width: 62rem)");
  let opener = null;

  const close = () => {
    if (!place || place.hidden) return;
    place.hidden = true;
    document.body.classList.remove("dm-reading-beside");
    if (opener) opener.focus();
  };

  async function open(link) {
    const body = place.querySelector("[data-dm-beside-body]");
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    body.innerHTML = await answer.text();
    // What the fragment asks of htmx (a picture still being drawn) goes on working.
    window.htmx?.process(body);
    place.querySelector("[data-dm-beside-name]").textContent = link.dataset.dmBesideTitle;
    place.hidden = false;
    document.body.classList.add("dm-reading-beside");
    opener = link;
    place.focus({ preventScroll: true });
    const page = body.querySelectorAll("img")[Number(link.dataset.dmBeside) - 1];
    const pages = body.querySelector(".dm-pages");
    if (page && pages && Number(link.dataset.dmBeside) > 1) pages.scrollTop = page.offsetTop - pages.offsetTop;
  }

  if (place) {
    document.addEventListener("click", (event) => {
      if (event.target.closest("[data-dm-beside-close]")) close();
      const link = event.target.closest("a[data-dm-beside]");
      if (!link || !wide.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      open(link).catch(() => window.location.assign(link.href));
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
  }

  // --- Here ----------------------------------------------------------------------------------------
  const here = document.querySelector("[data-dm-here]");
  if (here) {
    const tell = () => {
      if (document.visibilityState === "visible") here.dispatchEvent(new Event("dm:here"));
    };
    window.addEventListener("load", tell);
    window.addEventListener("focus", tell);
    setInterval(tell, 30000);
  }
})();
