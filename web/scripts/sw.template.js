// Keeps the page's own files and nothing else. scripts/service_worker.ts fills in the two constants.
const CACHE = 'hearth-' + "VERSION";
const SHELL = "SHELL";

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  const old = (name) => name.startsWith('hearth-') && name !== CACHE;
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => self.clients.claim()),
  );
});

async function shell_page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match('/chat')) ?? Response.error();
  }
}

async function asset(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (event.request.mode === 'navigate' && (url.pathname === '/' || url.pathname === '/chat')) {
    event.respondWith(shell_page(event.request));
  } else if (url.pathname.startsWith('/assets/')) {
    event.respondWith(asset(event.request));
  }
});
