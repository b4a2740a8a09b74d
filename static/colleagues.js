// Tells at once what other operators change, and has the page read anew; finds rooms by their names.
"use strict";

{
  const colleagues = document.getElementById("colleagues");
  const TELL_FOR = 12000; // milliseconds
  let since = ""; // store time up to which we have been told

  async function askForChanges() {
    if (!document.hidden) {
      try {
        const room = colleagues.dataset.room ? "&room=" + colleagues.dataset.room : "";
        const answer = await fetch(colleagues.dataset.changes + "?since=" + since + room, { headers: { Accept: "application/json" } });
        if (answer.ok) {
          const { now, changes: found } = await answer.json();
          if (found.length) {
            // What has the page's own form is read anew by whoever sent it.
            document.dispatchEvent(new Event("vwr-changed"));
            found.filter((each) => !each.mine).forEach(tellOf);
          }
          since = String(now);
        }
      } catch {
        // Whoever reads the numbers says so.
      }
    }
    setTimeout(askForChanges, 400);
  }

  function tellOf({ room, text }) {
    const line = document.createElement("p");
    line.textContent = (colleagues.dataset.room ? "" : room + ": ") + text;
    colleagues.append(line);
    while (colleagues.childElementCount > 3) colleagues.firstElementChild.remove();
    setTimeout(() => line.remove(), TELL_FOR);
  }

  const search = document.getElementById("search");
  function find() {
    const wanted = search.value.trim().toLowerCase();
    let found = 0;
    document.querySelectorAll("#rooms .room").forEach((room) => {
      const fits = decodeURIComponent(room.getAttribute("href").split("/").pop()).includes(wanted);
      room.hidden = !fits;
      found += fits;
    });
    document.getElementById("none-found").hidden = found > 0;
  }

  if (colleagues) askForChanges();
  if (search) {
    search.addEventListener("input", find);
    // Rooms that come later obey it too.
    new MutationObserver(find).observe(document.getElementById("rooms"), { childList: true });
  }
}
