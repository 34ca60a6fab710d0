// Models, presets, prompts, files, the dashboard.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { answer, answered, House, keep_short, MODEL, OTHER_MODEL, say, set_parameter } from './house.mjs';

let house;
before(async () => (house = await House.open()));
after(() => house.close());

async function choose_model(page, name) {
  await page.getByRole('button', { name: /^Model:/ }).click();
  await page.locator('.choices .choose', { hasText: name }).click();
}

/** As if another tab were in front of the page. */
async function hide(page, is_hidden) {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, is_hidden);
}

test('the model is switched in the middle of a conversation', async () => {
  const page = await house.visit();
  await choose_model(page, MODEL);
  await keep_short(page);
  await say(page, 'One');
  await answered(page);
  await choose_model(page, OTHER_MODEL);
  await say(page, 'Two');
  await page.locator('.answer').nth(1).waitFor();
  await answered(page);
  await page.waitForFunction(() => document.querySelectorAll('.facts .model').length === 2);
  assert.deepEqual(await page.locator('.facts .model').allInnerTexts(), [MODEL, OTHER_MODEL]);
  // The chosen model is what the next conversation begins with.
  await page.getByRole('button', { name: 'New chat' }).click();
  assert.match(await page.getByRole('button', { name: /^Model:/ }).innerText(), new RegExp(OTHER_MODEL));
  assert.deepEqual(page.problems, []);
});

test('two models answer side by side, and one of them goes on', async () => {
  const page = await house.visit();
  await choose_model(page, MODEL);
  await keep_short(page);
  await page.getByRole('button', { name: /^Model:/ }).click();
  await page.locator('.choices li', { hasText: OTHER_MODEL }).getByRole('button', { name: 'Compare' }).click();
  await page.keyboard.press('Escape');
  await page.getByText(`beside ${OTHER_MODEL}`).waitFor();
  await say(page, 'The same for both');
  const columns = page.locator('section.beside .column');
  await columns.nth(1).waitFor();
  await answered(page);
  assert.deepEqual((await columns.locator('h3').allInnerTexts()).sort(), [MODEL, OTHER_MODEL].sort());
  await columns.nth(1).getByRole('button', { name: 'Go on with this one' }).click();
  await page.locator('section.beside').waitFor({ state: 'detached' });
  await page.getByText('2/2').waitFor();
  // It goes on with that model alone.
  assert.equal(await page.getByText(/^beside /).count(), 0);
  assert.deepEqual(page.problems, []);
});

test('models are loaded, unloaded and deleted; what the catalog has can be fetched', async () => {
  const page = await house.visit('/chat#/models');
  const row = page.locator(`[data-model="${OTHER_MODEL}"]`);
  await row.waitFor();
  if ((await row.getByRole('button', { name: 'Unload' }).count()) > 0) await row.getByRole('button', { name: 'Unload' }).click();
  await row.getByRole('button', { name: 'Load', exact: true }).click();
  await row.getByText('loaded', { exact: true }).waitFor();
  await row.getByRole('button', { name: 'Unload' }).click();
  await row.getByRole('button', { name: 'Load', exact: true }).waitFor();
  assert.match(await page.locator('.memory').first().innerText(), / of \d/);
  assert.ok((await page.locator('[data-model]').count()) > 3, 'the catalog is listed');
  assert.match(await page.locator('[data-model] .hint', { hasText: 'of memory' }).first().innerText(), /Needs [\d.]+ [MG]B of memory/);

  // No network here: the pulls' progress is played by the test.
  await page.route('**/api/pull', (route) =>
    route.fulfill({ contentType: 'application/x-ndjson', body: '{"status":"pulling","completed":1,"total":4}\n{"error":"the disk is full"}\n' }),
  );
  const fetched = page.locator('[data-model]').filter({ has: page.getByRole('button', { name: /^Fetch / }) }).first();
  await fetched.getByRole('button', { name: /^Fetch / }).click();
  await page.getByRole('alert').getByText('The disk is full.').waitFor();
  await page.getByRole('button', { name: 'Dismiss' }).first().click();

  await row.getByRole('button', { name: 'Delete' }).click();
  await row.getByRole('button', { name: 'Really delete?' }).click();
  // A folder of somebody else's is never deleted from: that is told, and the model stays.
  await page.locator('.notice.problem').waitFor();
  await row.waitFor();
  assert.deepEqual(page.problems.filter((problem) => !/400|403|404/.test(problem)), []);
});

test('a preset is used, copied, edited and deleted', async () => {
  const page = await house.visit('/chat#/presets');
  const shipped = page.locator('[data-preset]').filter({ hasText: 'comes with Hearth' }).first();
  await shipped.getByRole('button', { name: 'Copy' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Pirate');
  await dialog.getByLabel('System prompt').fill('You are a pirate.');
  await dialog.locator('[data-parameter=temperature] .input').fill('0.3');
  await dialog.locator('[data-parameter=temperature] .input').blur();
  await dialog.getByRole('button', { name: 'Save' }).click();
  const own = page.locator('[data-preset=Pirate]');
  await own.getByRole('button', { name: 'Edit' }).click();
  await dialog.getByLabel('Description').fill('Arr.');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await own.getByText('Arr.').waitFor();
  assert.match(await own.innerText(), /temperature 0\.3/);
  await own.getByRole('button', { name: 'Use' }).click();
  await page.keyboard.press('Control+.');
  assert.equal(await page.getByLabel('System prompt').inputValue(), 'You are a pirate.');
  await set_parameter(page, 'max_tokens', '8');
  await say(page, 'Ahoy');
  await answered(page);
  const conversation = await house.api('GET', `/api/conversations/${page.url().split('/').at(-1)}`);
  assert.equal(conversation.system, 'You are a pirate.');
  assert.equal(conversation.parameters.temperature, 0.3);
  assert.equal(conversation.parameters.max_tokens, 8);
  await page.goto(`${house.url}/chat#/presets`);
  await own.getByRole('button', { name: 'Delete' }).click();
  await own.waitFor({ state: 'detached' });
  assert.deepEqual(page.problems, []);
});

test('every parameter is explained where it is set, and nonsense is refused there', async () => {
  const page = await house.visit();
  await page.keyboard.press('Control+.');
  for (const group of await page.locator('aside summary').all()) if ((await group.evaluate((s) => s.parentElement.open)) === false) await group.click();
  const fields = page.locator('aside .parameter');
  assert.ok((await fields.count()) >= 20);
  for (const hint of await fields.locator('.hint').allInnerTexts()) assert.ok(hint.length > 20, hint);
  await set_parameter(page, 'temperature', 'hot');
  await page.getByText('This must be a number.').waitFor();
  await set_parameter(page, 'temperature', '7');
  await page.getByText('It must be from 0 to 2.').waitFor();
});

test('prompts have variables, and come by a slash', async () => {
  const page = await house.visit('/chat#/prompts');
  await page.getByRole('button', { name: 'New prompt' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: /^Name/ }).fill('greet-them');
  await dialog.getByRole('textbox', { name: /^Text/ }).fill('Say hello to {{who}} in {{language=Latin}}.');
  await dialog.getByText('language', { exact: true }).waitFor();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.locator('[data-prompt=greet-them]').waitFor();
  await page.goto(`${house.url}/chat#/`);
  await page.locator('#composer').click();
  await page.keyboard.type('/gre');
  await page.getByRole('option', { name: /greet-them/ }).waitFor();
  await page.keyboard.press('Enter');
  await dialog.getByLabel('who').fill('Caesar');
  await page.keyboard.press('Enter');
  assert.equal(await page.inputValue('#composer'), 'Say hello to Caesar in Latin.');
  await page.fill('#composer', '/hel');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
  assert.deepEqual(page.problems, []);
});

test('files become part of the question, with their tokens counted', async () => {
  const page = await house.visit();
  await keep_short(page, 8);
  await page.locator('input[type=file]:not([webkitdirectory]):not(#import-file)').setInputFiles([
    { name: 'story.txt', mimeType: 'text/plain', buffer: Buffer.from('Lily had a ball.') },
    { name: 'picture.png', mimeType: 'image/png', buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2]) },
  ]);
  await page.getByText('picture.png is no text').waitFor();
  await page.locator('.composer li', { hasText: 'story.txt' }).getByText(/^\d+ tokens$/).waitFor();
  await say(page, 'What had Lily?');
  await answered(page);
  await page.locator('.question .files', { hasText: 'story.txt' }).waitFor();
  const { messages } = await house.api('GET', `/api/conversations/${page.url().split('/').at(-1)}`);
  assert.equal(messages[0].attachments[0].text, 'Lily had a ball.');
  assert.deepEqual(page.problems, []);
});

test('what does not fit is refused in numbers', async () => {
  const page = await house.visit();
  await page.locator('input[type=file]:not([webkitdirectory]):not(#import-file)').setInputFiles([
    { name: 'long.txt', mimeType: 'text/plain', buffer: Buffer.from('A word and a word. '.repeat(400)) },
  ]);
  await page.fill('#composer', 'Sum it up');
  await page.getByText(/This does not fit: about [\d.]+k? tokens, and this model has room for \d+ here/).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true);
  await page.getByRole('button', { name: 'Remove long.txt' }).click();
  await page.waitForFunction(() => !document.querySelector('button[aria-label=Send]').disabled);
  assert.deepEqual(page.problems, []);
});

test('files are dropped together', async () => {
  const page = await house.visit();
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['int main() {}'], 'main.c'));
    transfer.items.add(new File(['# Read me'], 'README.md'));
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  });
  await page.locator('.composer li', { hasText: 'main.c' }).waitFor();
  await page.locator('.composer li', { hasText: 'README.md' }).waitFor();
  await page.getByText(/^2 files, \d+ tokens together$/).waitFor();
  assert.deepEqual(page.problems, []);
});

test('a folder of the disk is dropped with what is in its folders, but not what tools have made', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'hearth-drop-')), 'project');
  for (const path of ['src/deep', 'node_modules/x', '.git']) mkdirSync(join(folder, path), { recursive: true });
  for (const path of ['README.md', 'src/main.c', 'src/deep/part.c', 'node_modules/x/index.js', '.git/config']) writeFileSync(join(folder, path), path);
  const page = await house.visit();
  const box = await page.locator('#composer').boundingBox();
  const client = await page.context().newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await client.send('Input.dispatchDragEvent', { type, x: box.x + 20, y: box.y + 10, data });
  }
  await page.getByText(/^3 files, \d+ tokens together$/).waitFor();
  assert.deepEqual((await page.locator('.composer li .name').allInnerTexts()).sort(), ['project/README.md', 'project/src/deep/part.c', 'project/src/main.c']);
  rmSync(join(folder, '..'), { recursive: true });
  assert.deepEqual(page.problems, []);
});

test('the dashboard draws what the server does, and rests when nobody looks', async () => {
  const page = await house.visit();
  await keep_short(page, 100);
  await say(page, 'Work');
  await answered(page);
  await page.goto(`${house.url}/chat#/dashboard`);
  await page.locator('figure polyline').first().waitFor({ state: 'attached' });
  assert.ok((await page.locator('figure').count()) >= 7);
  await page.locator('td', { hasText: MODEL }).or(page.locator('td', { hasText: OTHER_MODEL })).first().waitFor();
  assert.match(await page.locator('figure', { hasText: 'Whole requests' }).innerText(), /half below [\d.]+/);
  let asked = 0;
  page.on('request', (request) => (asked += Number(request.url().endsWith('/hearth/dashboard'))));
  await page.waitForTimeout(2500);
  assert.ok(asked >= 2 && asked <= 3, `asked ${asked} times`);
  await hide(page, true);
  await page.waitForTimeout(300); // A question may have been on its way.
  asked = 0;
  await page.waitForTimeout(2500);
  assert.equal(asked, 0);
  await hide(page, false);
  await page.waitForTimeout(500);
  assert.ok(asked >= 1, 'it goes on');
  assert.deepEqual(page.problems, []);
});

test('the pages with models rest when nobody looks', async () => {
  const page = await house.visit('/chat#/models');
  await page.locator(`[data-model="${MODEL}"]`).waitFor();
  let asked = 0;
  page.on('request', (request) => (asked += Number(request.url().endsWith('/hearth/status'))));
  await hide(page, true);
  await page.waitForTimeout(6000);
  assert.equal(asked, 0);
  await hide(page, false);
  await page.waitForTimeout(500);
  assert.equal(asked, 1);
  assert.deepEqual(page.problems, []);
});

test('the catalog begins with what can be talked to, and says what each is for', async () => {
  const page = await house.visit('/chat#/models');
  const rows = page.locator('[data-model]').filter({ has: page.getByRole('button', { name: /^Fetch / }) });
  await rows.first().waitFor();
  const { models } = await house.api('GET', '/hearth/catalog');
  const chats = new Set(models.filter((model) => model.purposes.includes('chat')).map((model) => model.name));
  const names = await rows.evaluateAll((all) => all.map((row) => row.dataset.model));
  const first_without = names.findIndex((name) => !chats.has(name));
  assert.ok(chats.has(names[0]) && first_without > 0);
  await rows.getByText('For conversations.').first().waitFor();
});

test('without a model the page says so and leads to the catalog', { skip: process.env.HEARTH_URL ? 'a server of its own is needed' : false }, async () => {
  const empty = await House.open([], []);
  try {
    const page = await empty.visit();
    await page.getByRole('heading', { name: 'There is no model here yet' }).waitFor();
    await page.fill('#composer', 'Hello');
    assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true);
    await page.getByText('No model is chosen.').waitFor();
    await page.getByRole('button', { name: /^Model:/ }).click();
    await page.getByText('There is no model on this disk yet.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Fetch a model' }).click();
    await page.getByText('None yet. Fetch one from the catalog below.').waitFor();
    assert.deepEqual(page.problems, []);
  } finally {
    await empty.close();
  }
});
