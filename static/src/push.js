// The service worker of one room: it shows that a turn has come, to whoever has closed the page.
// It stands in front of nothing: its scope has no pages, and it answers no request.
const scope = self.registration.scope;
// Where the visitor wanted to go, with the fragment, as the page has left it here.
const wanted = async () => {
  try {
    return await (await (await caches.open(scope)).match(scope)).text();
  } catch {
    return scope.replace(/push\/$/, "");
  }
};
const show = async ({ title, body, site }) => {
  const address = await wanted();
  await self.registration.showNotification(title, {
    body: [site || self.location.host, body].filter(Boolean).join(" · "),
    tag: scope,
    renotify: true,
    requireInteraction: true,
    data: address,
  });
  // It was told: nobody needs this browser's address at its push service any more.
  const subscription = await self.registration.pushManager.getSubscription();
  if (subscription) await subscription.unsubscribe();
};
self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    // Somebody who has our key and sends nothing we know: browsers want something to be shown.
  }
  event.waitUntil(show({ title: self.location.host, ...told }));
});
const open = async (address) => {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find(({ url }) => url == address);
  return page ? page.focus() : self.clients.openWindow(address);
};
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});
self.addEventListener("install", () => self.skipWaiting());
