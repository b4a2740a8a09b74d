// The page that takes a place to another device. Its forms work without this: here the code comes
// out of the link, and the page goes on asking, so that whoever has a place stays known as present.
const { base, back } = document.querySelector("main").dataset;
const field = document.getElementById("typed");

const read = () => {
  const found = /[#&]resume=([\w-]+)/.exec(location.hash);
  if (!found) return;
  field.value = found[1];
  field.closest("details")?.setAttribute("open", "");
  // The code stays neither in the address bar nor in the history.
  history.replaceState(null, "", location.pathname + location.search);
  // Nothing is taken unasked: the link may have been opened by mistake.
  field.form.querySelector("button").focus();
};
read();
addEventListener("hashchange", read);

let door = "";
const ask = async () => {
  let seconds = 5;
  try {
    const answer = await fetch(`${base}/position${door}`, { headers: { Accept: "application/json" } });
    const { you, retry_after } = await answer.json();
    // The turn has come, or the other device has taken the place: the line's own page goes on.
    if (/may_enter|admitted|moved/.test(you)) return location.replace(back);
    door = you == "next" ? "?door=1" : "";
    seconds = retry_after || seconds;
  } catch {}
  setTimeout(ask, seconds * 1000);
};
if (back) setTimeout(ask, 2000);
