// Asks to be told of the turn after the page was closed. It is loaded when somebody wants that.
const scoped = (base) => new URL(base + "/push/", location.href).href;
const active = (registration) =>
  new Promise((done) => {
    if (registration.active) return done();
    const worker = registration.installing || registration.waiting;
    worker.onstatechange = () => worker.state == "activated" && done();
  });
// The browser's address at its push service, for the room's key. One of another key is replaced.
const subscription = async (base, key) => {
  const scope = scoped(base);
  const registration = await navigator.serviceWorker.register(base + "/push.js", { scope });
  await active(registration);
  // Where the notification leads, with the fragment, which no server ever gets.
  await (await caches.open(scope)).put(scope, new Response(location.href));
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const { pushManager } = registration;
  try {
    return await pushManager.subscribe(options);
  } catch (error) {
    const before = await pushManager.getSubscription();
    if (!before) throw error;
    await before.unsubscribe();
    return pushManager.subscribe(options);
  }
};
// Whether the server will tell this visitor, or what a person can do about it. The permission is asked for by whoever calls this.
export const subscribe = async (base, may) => {
  const address = base + "/notices";
  const { push_key: key } = await (await fetch(address)).json();
  const body = new URLSearchParams();
  if (key && may && self.PushManager) {
    const { endpoint, keys } = (await subscription(base, key)).toJSON();
    for (const [name, value] of Object.entries({ endpoint, ...keys })) body.set(name, value);
  }
  const answer = await fetch(address, { method: "POST", body });
  return answer.ok || (await answer.json()).message;
};
export const forget = async (base) => {
  await fetch(base + "/notices", { method: "DELETE" });
  const registration = await navigator.serviceWorker.getRegistration(scoped(base));
  const kept = registration && (await registration.pushManager.getSubscription());
  if (kept) await kept.unsubscribe();
};
