// The charts of a room's page: another span or day without a reload, and what was at a moment.
"use strict";
{
  const [form, shown, moment] = ["choose", "charts", "moment"].map((id) => document.getElementById(id));
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  let part = 1; // of the width: the moment that is looked at, at first the latest

  function show(span, against) {
    const chosen = new URLSearchParams({ span, ...(against && { against }) });
    history.replaceState(null, "", "?" + chosen);
    chosen.set("zone", zone);
    shown.dataset.live = "charts?" + chosen;
    shown.dataset.every = span === "1h" ? 10 : 60;
    form.querySelectorAll("[name=span]").forEach((button) => button.setAttribute("aria-pressed", String(button.value === span)));
    return refresh([shown], changes).catch(() => due.delete("charts")); // then it is tried again with all else
  }

  const pressed = () => form.querySelector("[aria-pressed=true]")?.value || "1h";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(event.submitter?.value || pressed(), form.elements.against.value);
  });
  form.elements.against.addEventListener("change", (event) => show(pressed(), event.target.value));

  // What each chart says of this moment, above it, and all of it for who moves there by keys.
  function look() {
    const plots = shown.querySelector(".plots");
    if (!plots) return;
    const seconds = part * plots.dataset.length;
    const at = new Date(1000 * (Number(plots.dataset.begin) + seconds));
    const told = [inOwnTime(at, false)];
    plots.querySelectorAll("figure").forEach((figure) => {
      const keys = figure.querySelectorAll(".key b");
      const cross = { x1: 720 * part, x2: 720 * part, visibility: part < 1 ? "visible" : "hidden" };
      Object.entries(cross).forEach((pair) => figure.querySelector(".cross").setAttribute(...pair));
      JSON.parse(figure.dataset.values).forEach(([label, times, texts], i) => {
        const near = times.reduce((best, time, k) => (Math.abs(time - seconds) < Math.abs(times[best] - seconds) ? k : best), 0);
        keys[i].textContent = texts[near];
        told.push(label + " " + texts[near]);
      });
    });
    moment.setAttribute("aria-valuetext", told.join(", "));
    document.getElementById("looked-at").textContent = part < 1 ? told[0] : "";
  }

  shown.addEventListener("pointermove", (event) => {
    const svg = event.target.closest?.(".drawing svg");
    if (!svg) return;
    const box = svg.getBoundingClientRect();
    part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    look();
  });
  shown.addEventListener("pointerleave", () => { part = moment === document.activeElement ? moment.value / moment.max : 1; look(); });
  moment.addEventListener("input", () => { part = moment.value / moment.max; look(); });
  moment.addEventListener("blur", () => { part = 1; look(); });
  new MutationObserver(look).observe(shown, { childList: true });

  moment.parentElement.hidden = false;
  show(pressed(), form.elements.against.value);
}
