// Draws the API's schema in the element that names its address.
(() => {
  "use strict";
  const viewer = document.querySelector("[data-dm-schema]");
  if (!viewer || !window.SwaggerUIBundle) return;
  window.SwaggerUIBundle({
    domNode: viewer,
    url: viewer.dataset.dmSchema,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
  });
})();
