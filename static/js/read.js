// Tells the portal what has been read: the notices that led to this page, and messages once they have been in view.
(() => {
  "use strict";

  const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  const send = (url, fields) =>
    fetch(url, {
      method: "POST",
      headers: { "X-CSRFToken": token(), Accept: "application/json" },
      body: new URLSearchParams(fields),
      credentials: "same-origin",
    });

  const bell = document.querySelector("[data-dm-seen]");
  if (bell) {
    send(bell.dataset.dmSeen, { path: location.pathname, shown_at: bell.dataset.dmShown })
      .then((answer) => (answer.ok ? answer.json() : null))
      .then((found) => {
        const count = bell.querySelector("[data-dm-count]");
        if (!found || !count) return;
        if (found.unread) count.textContent = found.unread;
        else count.closest(".dm-count").remove();
      })
      .catch(() => {});
  }

  // A page of the desk tells which version of the dossier was before the eyes.
  const looked = document.querySelector("[data-dm-look]");
  if (looked) send(looked.dataset.dmLook, { version: looked.dataset.dmVersion }).catch(() => {});

  // A message is read when the end of its thread has stayed in view for a second.
  for (const thread of document.querySelectorAll("[data-dm-read]")) {
    let timer;
    const watch = new IntersectionObserver((entries) => {
      clearTimeout(timer);
      if (!entries.some((entry) => entry.isIntersecting)) return;
      timer = setTimeout(() => {
        watch.disconnect();
        send(thread.dataset.dmRead, { last: thread.dataset.dmLast }).catch(() => {});
      }, 1000);
    });
    watch.observe(thread);
  }
})();
