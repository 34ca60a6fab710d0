// Conversations: kept, found, changed, brought back, taken along.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { answered, choose_in_menu, House, keep_short, say } from './house.mjs';

let house;
before(async () => (house = await House.open()));
after(() => house.close());

const row = (page, title) => page.locator('[data-conversation]', { hasText: title });
const menu_of = (page, title) => row(page, title).getByRole('button');
async function open(page, title) {
  await row(page, title).getByRole('link').click();
  await page.locator('h1', { hasText: title }).waitFor();
}

test('a first message makes a conversation with a title of its own, which survives the browser', async () => {
  const page = await house.visit();
  await keep_short(page);
  await say(page, 'Lily and the red ball');
  await answered(page);
  assert.match(page.url(), /#\/c\/cnv_/);
  await row(page, 'Lily and the red ball').waitFor();
  const text = await page.locator('.answer .prose').innerText();

  const other = await house.visit();
  await open(other, 'Lily and the red ball');
  assert.equal(await other.locator('.bubble').innerText(), 'Lily and the red ball');
  assert.equal(await other.locator('.answer .prose').innerText(), text);
  assert.deepEqual([...page.problems, ...other.problems], []);
});

test('they are renamed, pinned and put into folders', async () => {
  await house.conversation('To rename', ['q', 'a']);
  await house.conversation('Newer', ['q', 'a']);
  const page = await house.visit();
  await choose_in_menu(page, menu_of(page, 'To rename'), 'Rename');
  await page.getByRole('textbox', { name: 'Rename' }).fill('Renamed');
  await page.keyboard.press('Enter');
  await row(page, 'Renamed').waitFor();
  await choose_in_menu(page, menu_of(page, 'Renamed'), 'Pin');
  await page.getByRole('heading', { name: 'Pinned' }).waitFor();
  assert.match(await page.locator('[data-conversation]').first().innerText(), /Renamed/);

  await choose_in_menu(page, menu_of(page, 'Renamed'), 'Folder and tags');
  await page.getByLabel('Folder', { exact: true }).fill('Work');
  await page.getByRole('textbox', { name: /^Tags/ }).fill('ideas, later');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: /^Work/ }).click();
  await row(page, 'Newer').waitFor({ state: 'detached' });
  await row(page, 'Renamed').waitFor();
  await page.getByRole('button', { name: /^Work/ }).click();
  await row(page, 'Newer').waitFor();

  await open(page, 'Renamed');
  await page.locator('h1 button').click();
  await page.getByRole('textbox', { name: 'Rename' }).fill('Renamed twice');
  await page.keyboard.press('Enter');
  await row(page, 'Renamed twice').waitFor();
  assert.deepEqual(page.problems, []);
});

test('search finds words inside of them and marks the hits', async () => {
  await house.conversation('About animals', ['Tell me of zebras', 'The quagga was a kind of zebra.']);
  await house.conversation('About plants', ['And trees?', 'The oak.']);
  const page = await house.visit();
  await page.keyboard.press('Control+k');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
  await page.keyboard.type('quagga');
  await row(page, 'About plants').waitFor({ state: 'detached' });
  assert.equal(await row(page, 'About animals').locator('mark').innerText(), 'quagga');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('h1', { hasText: 'About animals' }).waitFor();
  await page.fill('#search', 'nothing has this word');
  await page.getByText('Nothing found.').waitFor();
  await page.getByRole('button', { name: 'Clear the search' }).click();
  await row(page, 'About plants').waitFor();
  assert.deepEqual(page.problems, []);
});

test('deleting can be undone', async () => {
  await house.conversation('Precious', ['q', 'a']);
  const page = await house.visit();
  await open(page, 'Precious');
  await choose_in_menu(page, menu_of(page, 'Precious'), 'Delete');
  await row(page, 'Precious').waitFor({ state: 'detached' });
  await page.getByText('What shall we talk about?').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await row(page, 'Precious').waitFor();
  await page.locator('h1', { hasText: 'Precious' }).waitFor();
  assert.deepEqual(page.problems, []);
});

test('they are exported and imported again, as JSON and as Markdown', async () => {
  await house.conversation('To take along', ['What is *this*?', 'A **test**.']);
  const page = await house.visit();
  const exported = {};
  for (const [item, name] of [['Export as JSON', 'To take along.json'], ['Export as Markdown', 'To take along.md']]) {
    const download = page.waitForEvent('download');
    await choose_in_menu(page, menu_of(page, 'To take along'), item);
    assert.equal((await download).suggestedFilename(), name);
    exported[name] = await (await download).path();
  }
  assert.match(readFileSync(exported['To take along.md'], 'utf8'), /A \*\*test\*\*\./);
  assert.equal(JSON.parse(readFileSync(exported['To take along.json'], 'utf8')).conversations.length, 1);
  for (const [name, path] of Object.entries(exported)) {
    await page.setInputFiles('#import-file', { name, mimeType: 'text/plain', buffer: readFileSync(path) });
    await page.getByText('1 conversation imported.').first().waitFor();
    await page.locator('.answer strong', { hasText: 'test' }).waitFor();
  }
  await row(page, 'To take along').nth(2).waitFor();
  await page.setInputFiles('#import-file', { name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"format":"something else"}') });
  await page.getByRole('alert').waitFor();
});

test('a branch goes its own way', async () => {
  await house.conversation('The trunk', ['one', 'first answer', 'two', 'second answer']);
  const page = await house.visit();
  await open(page, 'The trunk');
  await choose_in_menu(page, page.locator('.answer').first().getByRole('button', { name: 'More about this message' }), 'Branch from here');
  await page.getByText('You are in the branch now').waitFor();
  await page.waitForFunction(() => document.querySelectorAll('.answer').length === 1);
  const branch = page.url();
  await row(page, 'The trunk').last().getByRole('link').click();
  await page.waitForURL((url) => url.href !== branch);
  await page.locator('.answer').nth(1).waitFor();
  assert.deepEqual(page.problems, []);
});

test('one that is not there is told in words', async () => {
  const page = await house.visit('/chat#/c/cnv_nothing', { allowed: /404/ });
  await page.getByRole('heading', { name: 'This conversation can’t be opened' }).waitFor();
  await page.getByRole('alert').getByRole('button', { name: 'New chat' }).click();
  await page.getByText('What shall we talk about?').waitFor();
  assert.deepEqual(page.problems, []);
});

test('a long one opens at its end, and is all there for who scrolls up', async () => {
  await house.conversation('Sixty-one messages', Array.from({ length: 61 }, (_, i) => `Message ${i}.`));
  const page = await house.visit();
  await open(page, 'Sixty-one messages');
  await page.getByText('Message 60.').waitFor();
  assert.ok((await page.locator('#messages [data-message]').count()) < 61, 'only some are drawn at first');
  await page.waitForFunction(() => {
    const box = document.getElementById('messages');
    box.scrollTop = 0;
    return document.querySelectorAll('#messages [data-message]').length === 61;
  });
  assert.deepEqual(
    await page.locator('#messages [data-message]').evaluateAll((all) => all.map((one) => one.querySelector('.bubble, .prose').textContent.trim())),
    Array.from({ length: 61 }, (_, i) => `Message ${i}.`),
  );
  // What is drawn stays when the conversation grows.
  await keep_short(page, 4);
  await say(page, 'Message 61.');
  await page.locator('#messages [data-message]').nth(62).waitFor();
  await answered(page);
  assert.equal(await page.locator('#messages [data-message]').first().getByText('Message 0.').count(), 1);
  assert.deepEqual(page.problems, []);
});

test('a long answer is drawn from its end, and whole', async () => {
  const paragraphs = Array.from({ length: 120 }, (_, i) => `Paragraph ${i}.`);
  await house.conversation('Long-winded', ['q', paragraphs.join('\n\n')]);
  const page = await house.visit();
  await open(page, 'Long-winded');
  await page.getByText('Paragraph 119.').waitFor();
  await page.waitForFunction(() => document.querySelectorAll('.answer .block').length === 120);
  assert.deepEqual(await page.locator('.answer .block').evaluateAll((all) => all.map((one) => one.textContent.trim())), paragraphs);
  await page.waitForFunction(() => {
    const box = document.getElementById('messages');
    return box.scrollHeight - box.clientHeight - box.scrollTop < 50;
  });
  assert.deepEqual(page.problems, []);
});
