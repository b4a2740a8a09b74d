// Counts down how long the visitor's access lasts. It asks the server first: until this
// page has come back to it, a new session has a short token.
const left = document.getElementById("left");

if (left) {
  let end = performance.now() + left.dataset.seconds * 1000;
  const show = () => {
    const seconds = Math.max(0, Math.round((end - performance.now()) / 1000));
    const rest = String(seconds % 60).padStart(2, "0");
    left.textContent = `${Math.floor(seconds / 60)}:${rest}`;
  };
  fetch("/tickets/time-left")
    .then((answer) => answer.json())
    .then((told) => {
      if (told.seconds) end = performance.now() + told.seconds * 1000;
    })
    .catch(() => {})
    .finally(() => {
      show();
      setInterval(show, 1000);
    });
}
