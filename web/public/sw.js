// Keeps the page's own hashed files and shows a page of its own while the server can't be
// reached. Nothing else is kept: neither pages, which would pin an old version, nor answers of
// the API, which may hold what people have said.
const KEPT = "muster-1";
const OFFLINE = "/offline.html";
/** The page and what it needs. */
const ALWAYS = [OFFLINE, "/offline.js"];
/** A few builds; the oldest go first. */
const FILES_MAX = 240;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(KEPT)
      .then((cache) => cache.addAll(ALWAYS.map((path) => new Request(path, { cache: "reload" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))),
      )
      .then(() => self.clients.claim()),
  );
});

async function trim(cache) {
  const all = (await cache.keys()).filter(({ url }) => !ALWAYS.includes(new URL(url).pathname));
  const old = all.slice(0, Math.max(0, all.length - FILES_MAX));
  await Promise.all(old.map((request) => cache.delete(request)));
}

/** The name holds a hash of the content, so what is kept is never out of date. */
async function hashed(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok && fresh.type === "basic") {
    await cache.put(request, fresh.clone());
    await trim(cache);
  }
  return fresh;
}

/** From the server, or what was kept under `path` while it can't be reached. */
async function server(request, path) {
  try {
    return await fetch(request);
  } catch (lost) {
    const offline = await caches.match(path);
    if (offline) return offline;
    throw lost;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(hashed(request));
  else if (request.mode === "navigate") event.respondWith(server(request, OFFLINE));
  else if (ALWAYS.includes(url.pathname)) event.respondWith(server(request, url.pathname));
});
