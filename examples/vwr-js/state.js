// What a page may show of the wait: whether a dialog is open, and when the session ends. It is
// learnt from the events of vwr.js, from when this is loaded.
import "./vwr.js";

const open = new Set(); // the addresses of the rooms whose dialog is open
const listeners = new Set();
let state = Object.freeze({ isWaiting: false, expiresAt: null });

const change = (expiresAt) => {
  state = Object.freeze({ isWaiting: open.size > 0, expiresAt });
  for (const listener of listeners) listener();
};

if (typeof addEventListener == "function") {
  addEventListener("vwr:waiting", ({ detail }) => {
    open.add(detail.href);
    change(state.expiresAt);
  });
  addEventListener("vwr:entered", ({ detail }) => {
    open.delete(detail.href);
    change(null); // another session has begun
  });
  addEventListener("vwr:closed", ({ detail }) => {
    open.delete(detail.href);
    change(state.expiresAt);
  });
  addEventListener("vwr:expiring", ({ detail }) => change(new Date(Date.now() + detail.seconds * 1000)));
}

/** The state of now: the same object until something changes. */
export const current = () => state;

/** Call `listener` after each change. Returns what ends that. */
export const listen = (listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
