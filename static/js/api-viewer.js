// Draws the API's schema in the element that names its address. The layout leaves out the viewer's own title and
// landmark, which the page already has; its links inside buttons (deepLinking) stay off for keyboards' sake.
(() => {
  "use strict";
  const viewer = document.querySelector("[data-dm-schema]");
  if (!viewer || !window.SwaggerUIBundle) return;

  const plainLayout = (system) => ({
    components: {
      PlainLayout: () => {
        const part = (name) => system.React.createElement(system.getComponent(name, true), { key: name });
        const state = system.getSystem().specSelectors.loadingStatus();
        const ready = state === "success";
        const parts = [system.React.createElement(system.getComponent("SvgAssets"), { key: "icons" })];
        if (ready) parts.push(part("operations"), part("Models"));
        return system.React.createElement("div", { className: "swagger-ui" }, parts);
      },
    },
  });

  // The viewer names neither its lists nor its tables, and its examples scroll without taking the focus.
  const describe = () => {
    for (const example of viewer.querySelectorAll("pre:not([tabindex])")) example.tabIndex = 0;
    for (const list of viewer.querySelectorAll("select:not([aria-label])")) list.setAttribute("aria-label", "Choix");
    for (const table of viewer.querySelectorAll("table[role=region]:not([aria-label])")) {
      table.setAttribute("aria-label", table.id);
    }
  };
  new MutationObserver(describe).observe(viewer, { childList: true, subtree: true });

  window.SwaggerUIBundle({
    domNode: viewer,
    url: viewer.dataset.dmSchema,
    plugins: [plainLayout],
    layout: "PlainLayout",
    defaultModelsExpandDepth: 0,
    syntaxHighlight: { activated: false },
    validatorUrl: null,
  });
})();
