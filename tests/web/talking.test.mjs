// Talking: answers stream, are stopped, continued, written again; what they say is shown as Markdown.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { answer, answered, choose_in_menu, House, keep_short, say, set_parameter } from './house.mjs';

let house;
before(async () => (house = await House.open()));
after(() => house.close());

test('an answer streams, and its facts are told', async () => {
  const page = await house.visit();
  await keep_short(page, 60);
  await say(page, 'Once upon a time');
  await answered(page);
  await page.waitForFunction(() => document.querySelector('.facts')?.textContent.includes('tokens/s'));
  assert.match(await answer(page).locator('.facts').innerText(), /^stories(260K|-twin)\s+[\d.]+ tokens\/s\s+60 tokens$/);
  await page.locator('.gauge').waitFor();
  assert.match(await page.locator('.gauge').getAttribute('aria-label'), /Context: (about )?\d+ of 512 tokens/);
  // The longest answer was reached: that is said, with a way on.
  await page.getByText('The answer reached its longest length.').waitFor();
  const before = await answer(page).locator('.prose').innerText();
  await answer(page).getByRole('button', { name: 'Continue' }).click();
  await page.waitForFunction((length) => document.querySelector('.answer .prose').innerText.length > length, before.length);
  await answered(page);
  assert.ok((await answer(page).locator('.prose').innerText()).startsWith(before.slice(0, 40)));
  assert.equal(await page.locator('.answer').count(), 1);
  assert.deepEqual(page.problems, []);
});

test('an answer is stopped, and what was said stays', async () => {
  const page = await house.visit();
  await page.route('**/events', async (route) => {
    // The fixture model is done in a blink: hold its events back, so that there is something to stop.
    await new Promise((resolve) => setTimeout(resolve, 400));
    await route.continue().catch(() => {});
  });
  await say(page, 'Tell a long story');
  await page.getByRole('button', { name: 'Stop the answer' }).click();
  await answered(page);
  await page.getByRole('button', { name: 'Send' }).waitFor();
  assert.deepEqual(page.problems, []);
});

test('after a reload in the middle the page catches up', async () => {
  const page = await house.visit();
  await keep_short(page, 200);
  let held = true;
  await page.route('**/events', async (route) => {
    if (held) return; // never answered: as if the network were slow
    await route.continue();
  });
  await say(page, 'Once there was');
  await page.locator('.answer[aria-busy=true]').waitFor();
  held = false;
  await page.reload();
  await answered(page);
  const { messages } = await house.api('GET', `/api/conversations/${page.url().split('/').at(-1)}`);
  assert.equal(messages.at(-1).state, 'done');
  const shown = (await answer(page).locator('.prose').innerText()).replace(/\s+/g, ' ').trim();
  assert.equal(shown, messages.at(-1).content.replace(/\s+/g, ' ').trim());
  assert.deepEqual(page.problems, []);
});

test('while the connection is made anew no old progress is shown', async () => {
  const page = await house.visit();
  await page.route('**/events', (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: 'event: progress\ndata: {"stage":"reading","done":120,"total":480}\n\n' }),
  );
  await say(page, 'Once');
  await page.getByText('The connection was lost.').waitFor();
  assert.doesNotMatch(await answer(page).locator('.status').innerText(), /%/);
});

test('an answer is written again, and both are kept', async () => {
  const page = await house.visit();
  await page.keyboard.press('Control+.');
  await set_parameter(page, 'max_tokens', '30');
  await set_parameter(page, 'temperature', '1.5');
  await page.keyboard.press('Control+.');
  await say(page, 'Tom had a dog');
  await answered(page);
  const first = await answer(page).locator('.prose').innerText();
  await answer(page).getByRole('button', { name: 'Answer again' }).click();
  await page.getByText('2/2').waitFor();
  await answered(page);
  await answer(page).getByRole('button', { name: 'Previous alternative' }).click();
  await page.getByText('1/2').waitFor();
  assert.equal(await answer(page).locator('.prose').innerText(), first);
  await page.reload();
  await page.getByText('1/2').waitFor();
  await choose_in_menu(page, answer(page).getByRole('button', { name: 'More about this message' }), 'Alternatives side by side');
  await page.locator('section.beside .column').nth(1).waitFor();
  assert.deepEqual(page.problems, []);
});

test('a message is edited and sent again; the old one stays an alternative', async () => {
  const page = await house.visit();
  await keep_short(page);
  await say(page, 'A cat');
  await answered(page);
  await page.locator('.question').hover();
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await page.getByRole('textbox', { name: 'Edit' }).fill('A mouse');
  await page.keyboard.press('Enter');
  await page.locator('.bubble', { hasText: 'A mouse' }).waitFor();
  await answered(page);
  await page.locator('.question').getByText('2/2').waitFor();
  await page.locator('.question').getByRole('button', { name: 'Previous alternative' }).click();
  await page.locator('.bubble', { hasText: 'A cat' }).waitFor();
  assert.deepEqual(page.problems, []);
});

const SHOWN = `# Heading

A [link](https://example.org/page), \`code\`, **bold** and $a^2 + b^2$ for $5 or $6.

| left | right |
|---|---:|
| 1 | 2 |

\`\`\`python
def f(x):
    return x + 1
\`\`\`

1. one
   \`\`\`js
   const a = 1;
   \`\`\`
2. two

$$\\sum_{k=1}^n k = \\frac{n(n+1)}{2}$$

![picture](https://tracker.example/x.png)
`;

test('Markdown, tables, code with colours and a copy button, formulas', async () => {
  await house.conversation('Shown', ['Show me', SHOWN]);
  const page = await house.visit();
  await page.locator('[data-conversation]', { hasText: 'Shown' }).getByRole('link').click();
  const shown = answer(page);
  await shown.locator('table td').nth(1).waitFor();
  assert.equal(await shown.locator('table td').nth(1).evaluate((cell) => getComputedStyle(cell).textAlign), 'right');
  await shown.locator('.code .hljs-keyword', { hasText: 'def' }).waitFor();
  await shown.locator('li pre .hljs-keyword', { hasText: 'const' }).waitFor();
  await shown.locator('.formula math munderover').waitFor();
  assert.equal(await shown.locator('p math').count(), 1);
  assert.match(await shown.locator('p').first().innerText(), /for \$5 or \$6\.$/);
  assert.equal(await shown.locator('img').count(), 0);
  const link = shown.locator('a').first();
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer nofollow');
  assert.match(await link.innerText(), /example\.org/);
  await shown.getByRole('button', { name: 'Copy the code' }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'def f(x):\n    return x + 1');
  assert.deepEqual(page.problems, []);
});

test('thoughts are folded away', async () => {
  await house.conversation('Thoughtful', ['Why?', 'Because.'], { message: { reasoning: 'Let me think about **it**.' } });
  const page = await house.visit();
  await page.locator('[data-conversation]', { hasText: 'Thoughtful' }).getByRole('link').click();
  await page.getByText('Thoughts').waitFor();
  assert.equal(await page.getByText('Let me think').count(), 0);
  await page.getByText('Thoughts').click();
  await page.locator('details strong', { hasText: 'it' }).waitFor();
});

test('an answer that fails says why and how to go on', async () => {
  await house.conversation('Failed', ['Why?', ''], {
    message: { state: 'failed', finish_reason: null, error: { message: "model 'gone' not found", code: 'model_not_found' } },
  });
  const page = await house.visit();
  await page.locator('[data-conversation]', { hasText: 'Failed' }).getByRole('link').click();
  const alert = page.locator('.answer').getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.innerText(), /^Model 'gone' not found\.\s[\s\S]*Choose another model[\s\S]*Try again/);
});

test('JSON answers satisfy the schema that was pasted', async () => {
  const page = await house.visit();
  await page.keyboard.press('Control+.');
  await set_parameter(page, 'max_tokens', '200');
  const schema = page.getByLabel('Answer as JSON');
  await schema.fill('{"type": "object"');
  await schema.blur();
  await page.getByText('This is no JSON').waitFor();
  await schema.fill(JSON.stringify({ type: 'object', properties: { brave: { type: 'boolean' }, age: { enum: [3, 4] } }, required: ['brave', 'age'], additionalProperties: false }));
  await schema.blur();
  await page.locator('.composer').getByText('JSON', { exact: true }).waitFor();
  await say(page, 'Tell me of Tim');
  await page.getByText('Valid JSON').waitFor();
  const value = JSON.parse(await answer(page).locator('pre').innerText());
  assert.equal(typeof value.brave, 'boolean');
  assert.ok([3, 4].includes(value.age));
  assert.deepEqual(page.problems, []);
});

test('the reader who scrolls up is left alone, and can come back', async () => {
  const long = Array.from({ length: 80 }, (_, i) => `Paragraph ${i}.`).join('\n\n');
  await house.conversation('Lengthy', ['q', long]);
  const page = await house.visit();
  await page.locator('[data-conversation]', { hasText: 'Lengthy' }).getByRole('link').click();
  await page.getByText('Paragraph 79.').waitFor();
  const from_end = () => page.locator('#messages').evaluate((box) => box.scrollHeight - box.clientHeight - box.scrollTop);
  await page.waitForFunction(() => {
    const box = document.getElementById('messages');
    return box.scrollHeight - box.clientHeight - box.scrollTop < 50;
  });
  await page.locator('#messages').hover();
  await page.mouse.wheel(0, -600);
  await page.getByRole('button', { name: 'To the end' }).waitFor();
  assert.ok((await from_end()) > 300);
  await page.getByRole('button', { name: 'To the end' }).click();
  await page.getByRole('button', { name: 'To the end' }).waitFor({ state: 'detached' });
  assert.ok((await from_end()) < 50);
});
