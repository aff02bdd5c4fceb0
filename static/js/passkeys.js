// Forms marked data-dm-passkey="create" or "get" ask the device for a key, and send what it answers.
// The options come from the JSON element whose id is in data-dm-options, or from the address in data-dm-options-from.
(() => {
  "use strict";

  const WORDS = {
    NotAllowedError: "La clé d’accès n’a pas été utilisée : vous avez annulé, ou le délai est passé. Réessayez.",
    InvalidStateError: "Cet appareil a déjà une clé d’accès pour votre compte.",
    SecurityError: "Les clés d’accès ne servent qu’à l’adresse officielle du portail : vérifiez celle de cette page.",
    NotSupportedError: "Cet appareil ne sait pas garder de clé d’accès : utilisez-en un autre.",
  };
  const OTHERWISE = "La clé d’accès n’a pas pu être utilisée. Réessayez, ou utilisez un autre moyen.";

  const toBytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0));
  };
  const toText = (bytes) => {
    const plain = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  };
  const named = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));

  const readable = (options) => {
    const known = { ...options.publicKey, challenge: toBytes(options.publicKey.challenge) };
    if (known.user) known.user = { ...known.user, id: toBytes(known.user.id) };
    if (known.excludeCredentials) known.excludeCredentials = named(known.excludeCredentials);
    if (known.allowCredentials) known.allowCredentials = named(known.allowCredentials);
    return { publicKey: known };
  };

  const sendable = (credential) => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) response[part] = toText(credential.response[part]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    });
  };

  const optionsOf = async (form) => {
    if (form.dataset.dmOptions) return JSON.parse(document.getElementById(form.dataset.dmOptions).textContent);
    const answer = await fetch(form.dataset.dmOptionsFrom, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("options");
    return (await answer.json()).request_options;
  };

  const ask = async (form) => {
    const said = form.querySelector("[data-dm-passkey-error]");
    const button = form.querySelector("button[type=submit]");
    said.hidden = true;
    button.disabled = true;
    try {
      const credential = await navigator.credentials[form.dataset.dmPasskey](readable(await optionsOf(form)));
      form.querySelector("[name=credential]").value = sendable(credential);
      form.submit();
    } catch (error) {
      button.disabled = false;
      said.textContent = WORDS[error.name] || OTHERWISE;
      said.hidden = false;
    }
  };

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-dm-passkey]")) return;
    event.preventDefault();
    ask(event.target);
  });

  if (window.PublicKeyCredential) {
    for (const form of document.querySelectorAll("[data-dm-passkey]")) form.hidden = false;
    for (const note of document.querySelectorAll("[data-dm-passkey-missing]")) note.hidden = true;
  }
})();
