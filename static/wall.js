// Keeps a big screen alive that nobody touches: it signs in again by the key in the address it was
// opened with, and loads itself anew when it has been signed out, or the panel was away.
"use strict";

{
  const KEPT = "vwr_wall";
  const form = document.querySelector("form[action$='/sign-in']");

  // The key is not left where everybody in front of the screen can read it.
  if (location.hash.length > 1) {
    sessionStorage.setItem(KEPT, decodeURIComponent(location.hash.slice(1)));
    history.replaceState(null, "", location.pathname + location.search);
  }

  const key = sessionStorage.getItem(KEPT);
  if (form && key) {
    if (form.querySelector("[role=alert]")) {
      sessionStorage.removeItem(KEPT); // it is a wrong one: somebody has to look
    } else {
      const screen = document.createElement("input");
      screen.type = "hidden";
      screen.name = "screen";
      screen.value = "yes";
      form.append(screen);
      form.elements.password.value = key;
      form.submit();
    }
  }

  if (!form) {
    setInterval(async () => {
      if (document.getElementById("stale").hidden) return;
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        // Loaded while the panel is away, the page would be the browser's own, and stay it.
        if (answer.ok || answer.status === 401) location.reload();
      } catch {
        // Not yet.
      }
    }, 10000);
  }
}
