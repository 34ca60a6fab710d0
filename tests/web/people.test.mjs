// People: keyboard, screen readers, colours, phones, an installed app, keys.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { answered, House, keep_short, say } from './house.mjs';

const axe_source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

let house;
before(async () => {
  house = await House.open();
  await house.conversation('Everything', [
    'Show it all', '# Title\n\n**Text** with `code`, [a link](https://example.org) and $x^2$.\n\n```js\nconst a = "b"; // why\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote\n\n- [x] done',
  ]);
});
after(() => house.close());

/** What axe finds and calls serious or critical. */
async function faults(page, where) {
  // Through the debugger: the page's own policy lets no script in.
  await page.evaluate(`${axe_source}; undefined`);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } }), RULES);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${where}: ${id}: ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`));
}

for (const [name, options] of [['light', { colorScheme: 'light' }], ['dark', { colorScheme: 'dark' }], ['phone', PHONE]]) {
  test(`axe finds nothing serious: ${name}`, async () => {
    const page = await house.visit('/chat', options);
    const found = await faults(page, 'empty');
    const { conversations } = await house.api('GET', '/api/conversations?q=Everything');
    await page.goto(`${house.url}/chat#/c/${conversations[0].id}`);
    await page.locator('.hljs-keyword').waitFor();
    await page.locator('math').first().waitFor();
    found.push(...(await faults(page, 'conversation')));
    await page.locator('header').getByRole('button', { name: 'Settings of this chat' }).click();
    for (const group of await page.locator('aside summary').all()) if (!(await group.evaluate((s) => s.parentElement.open))) await group.click();
    found.push(...(await faults(page, 'settings')));
    await page.locator('aside').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: /^Model:/ }).click();
    await page.locator('.choices li').first().waitFor();
    found.push(...(await faults(page, 'switcher')));
    await page.keyboard.press('Escape');
    await page.fill('#composer', '/');
    await page.locator('#slash-menu').waitFor();
    found.push(...(await faults(page, 'commands')));
    await page.fill('#composer', '');
    for (const place of ['models', 'presets', 'prompts', 'dashboard', 'about']) {
      await page.goto(`${house.url}/chat#/${place}`);
      await page.locator('.page h1').waitFor();
      await page.waitForTimeout(place === 'dashboard' ? 1200 : 300);
      found.push(...(await faults(page, place)));
    }
    if (name === 'phone') {
      await page.getByRole('button', { name: 'Sidebar' }).click();
      await page.locator('nav.sidebar').waitFor();
      found.push(...(await faults(page, 'drawer')));
    }
    assert.deepEqual(found, []);
  });
}

test('everything is reached by keyboard', async () => {
  const page = await house.visit();
  await keep_short(page);
  await page.waitForFunction(() => document.activeElement?.id === 'composer' || document.activeElement === document.body);
  await page.locator('#composer').focus();
  await page.keyboard.type('Keys only');
  await page.keyboard.press('Enter');
  await answered(page);
  await page.keyboard.press('Control+Shift+E');
  await page.getByText('2/2').waitFor();
  await answered(page);
  await page.locator('#composer').blur();
  await page.keyboard.press('Alt+ArrowUp');
  assert.equal(await page.evaluate(() => document.activeElement.className.split(' ')[0]), 'answer');
  await page.keyboard.press('Alt+ArrowLeft');
  await page.getByText('1/2').waitFor();
  await page.keyboard.press('Control+Shift+U');
  assert.ok((await page.evaluate(() => navigator.clipboard.readText())).length > 0);
  await page.keyboard.press('Shift+Escape');
  await page.waitForFunction(() => document.activeElement?.id === 'composer');
  await page.keyboard.press('ArrowUp');
  await page.getByRole('textbox', { name: 'Edit' }).waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'Edit' }).inputValue(), 'Keys only');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Shift+M');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('#composer').blur();
  await page.keyboard.press('?');
  await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+b');
  await page.locator('nav.sidebar').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  await page.waitForFunction(() => document.activeElement?.id === 'search');
  await page.keyboard.press('Control+Shift+O');
  await page.getByText('What shall we talk about?').waitFor();
  // A menu opens by keyboard, keeps to its arrows and gives the focus back.
  const more = page.locator('[data-conversation]').first().getByRole('button');
  await more.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Rename');
  await page.keyboard.press('Escape');
  assert.equal(await more.evaluate((button) => button === document.activeElement), true);
  assert.deepEqual(page.problems, []);
});

test('a screen reader is told when an answer is there', async () => {
  const page = await house.visit();
  await keep_short(page);
  await say(page, 'Hello there');
  await answered(page);
  await page.waitForFunction(() => document.getElementById('spoken').textContent.startsWith('Answer:'));
});

test('on a phone there is a drawer, and nothing is wider than the screen', async () => {
  const page = await house.visit('/chat', PHONE);
  assert.equal(await page.locator('nav.sidebar').count(), 0);
  await page.getByRole('button', { name: 'Sidebar' }).click();
  await page.locator('[data-conversation]', { hasText: 'Everything' }).getByRole('link').click();
  await page.locator('nav.sidebar').waitFor({ state: 'detached' });
  await page.locator('.answer table').waitFor();
  for (const place of ['', 'models', 'presets', 'prompts', 'dashboard', 'about']) {
    if (place !== '') await page.goto(`${house.url}/chat#/${place}`);
    await page.waitForTimeout(200);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, place);
  }
  assert.deepEqual(page.problems, []);
});

const box_of = (locator) => locator.boundingBox();
const overlap = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

for (const [name, options] of [['wide', {}], ['phone', PHONE]]) {
  test(`notices are never over the field that one writes in: ${name}`, async () => {
    const page = await house.visit('/chat', options);
    await page.locator('input[type=file]:not([webkitdirectory]):not(#import-file)').setInputFiles([
      { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') },
      { name: 'picture.png', mimeType: 'image/png', buffer: Buffer.from([0, 1]) },
    ]);
    await page.locator('.notice').waitFor();
    assert.equal(overlap(await box_of(page.locator('.notice')), await box_of(page.locator('.composer form'))), false);
  });
}

test('what goes wrong in a dialog is told in it', async () => {
  const page = await house.visit('/chat#/presets', { allowed: /409/ });
  await page.getByRole('button', { name: 'New preset' }).click();
  await page.route('**/api/presets', (route) => route.fulfill({ status: 409, contentType: 'application/json', body: '{"error":{"message":"there is one of that name"}}' }));
  // The form begins with the focus in its first field.
  await page.keyboard.type('Mine');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('alert').getByText('There is one of that name.').waitFor();
  await dialog.getByRole('button', { name: 'Dismiss' }).click();
  await dialog.getByRole('alert').waitFor({ state: 'detached' });
  assert.equal(await dialog.getByLabel('Name').inputValue(), 'Mine');
  assert.deepEqual(page.problems, []);
});

test('on a phone answers side by side stand below each other, as wide as others', async () => {
  const { id } = await house.conversation('Compared', ['q', 'one', 'two'], {});
  const { messages } = await house.api('GET', `/api/conversations/${id}?tree=true`);
  const page = await house.visit('/chat', PHONE);
  // Both answer the same question.
  await page.route('**/api/conversations/*?tree=true', async (route) => {
    const response = await route.fetch();
    const tree = await response.json();
    Object.assign(tree.messages[2], { parent_id: messages[0].id, role: 'assistant', model: messages[1].model });
    await route.fulfill({ response, json: tree });
  });
  await page.goto(`${house.url}/chat#/c/${id}`);
  await page.locator('.answer').getByRole('button', { name: 'More about this message' }).click();
  await page.getByRole('menuitem', { name: 'Alternatives side by side' }).click();
  const columns = page.locator('section.beside .column');
  await columns.nth(1).waitFor();
  const [first, second] = [await box_of(columns.nth(0)), await box_of(columns.nth(1))];
  assert.equal(first.x, second.x);
  assert.ok(second.y >= first.y + first.height);
  assert.ok(second.width > 340 && second.x + second.width <= 390, `${second.x} ${second.width}`);
});

test('a prompt is filled in where its text has room, and the list of prompts is as wide as the field', async () => {
  const page = await house.visit();
  await page.fill('#composer', '/');
  const [list, field] = [await box_of(page.locator('#slash-menu')), await box_of(page.locator('.composer form'))];
  assert.deepEqual([list.x, list.width], [field.x, field.width]);
  await page.getByRole('option', { name: /commit-message/ }).click();
  const hole = page.getByRole('dialog').getByLabel('diff');
  const before = (await box_of(hole)).height;
  await hole.fill('a\nb\nc\nd\ne');
  assert.ok((await box_of(hole)).height > before + 60);
});

test('the theme follows the system until somebody chooses', async () => {
  const page = await house.visit('/chat', { colorScheme: 'dark' });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.emulateMedia({ colorScheme: 'light' });
  await page.waitForFunction((before) => getComputedStyle(document.body).backgroundColor !== before, dark);
  await page.getByRole('button', { name: 'Theme: as the system' }).click();
  await page.getByRole('button', { name: 'Theme: light' }).click();
  await page.waitForFunction((before) => getComputedStyle(document.body).backgroundColor === before, dark);
  await page.reload();
  await page.locator('#app > .app').waitFor();
  assert.equal(await ground(), dark);
});

test('it is an app: a manifest, icons, and a shell that opens without the server', async () => {
  const page = await house.visit('/chat', { allowed: /Failed to load resource|ERR_/ });
  const manifest = await house.api('GET', '/manifest.webmanifest');
  assert.equal(manifest.display, 'standalone');
  for (const { src, type } of manifest.icons) {
    const icon = await fetch(house.url + src);
    assert.equal(icon.headers.get('content-type'), type);
  }
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(async () => (await caches.keys()).length > 0 && (await (await caches.open((await caches.keys())[0])).keys()).length > 2);
  const kept = await page.evaluate(async () => {
    const keys = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
    return keys.flat().map((request) => new URL(request.url).pathname);
  });
  assert.deepEqual(kept.filter((path) => !/^\/(assets\/|chat$|manifest)/.test(path)), [], 'only the shell is kept');
  await page.reload();
  await page.context().setOffline(true);
  await page.reload();
  await page.getByText('What shall we talk about?').or(page.getByText('There is no model here yet')).first().waitFor();
  await page.getByText('Hearth does not answer').first().waitFor();
});

test('where keys are set the page asks for one, once', { skip: process.env.HEARTH_URL ? 'a server of its own is needed' : false }, async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'hearth-keys-')), 'keys.toml');
  writeFileSync(file, '[[key]]\nname = "page"\nsecret = "a-long-and-random-text"\nscopes = ["chat", "embed", "manage"]\n', { mode: 0o600 });
  const locked = await House.open(['--api-keys', file]);
  try {
    const page = await locked.visit('/chat', { allowed: /401/ });
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('API key').fill('wrong-wrong-wrong-wrong');
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await page.locator('.notice.problem').first().waitFor();
    await page.reload();
    await dialog.getByText('That key was refused').waitFor();
    await dialog.getByLabel('API key').fill('a-long-and-random-text');
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^Model: stories/ }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: /^Model: stories/ }).waitFor();
    assert.equal(await dialog.count(), 0);
    assert.equal(await page.evaluate(() => localStorage.getItem('hearth.key')), null);
    assert.deepEqual(page.problems, []);
  } finally {
    await locked.close();
  }
});
