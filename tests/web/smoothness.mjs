// How soon the page is there, and how smooth it stays: a cold start, opening a conversation of 1,000 messages, an answer of 20,000
// tokens that is opened and one as it comes, and typing while the server writes 64 answers. Prints numbers; nothing here can fail
// because a machine is slow.
import { createServer, request } from 'node:http';

import { cold_start } from './cold_start.mjs';
import { House, MODEL } from './house.mjs';
import { long_answer, long_conversation, summary } from './smoothness_data.mjs';

const house = await House.open(['--max-running', '64']);

/** The longest tasks of the page's main thread while `action` runs. */
async function measured(page, action) {
  await page.evaluate(() => {
    globalThis.tasks = [];
    globalThis.observer?.disconnect();
    globalThis.observer = new PerformanceObserver((list) => globalThis.tasks.push(...list.getEntries().map((entry) => entry.duration)));
    globalThis.observer.observe({ type: 'longtask' });
  });
  const began = performance.now();
  await action();
  const seconds = (performance.now() - began) / 1000;
  return { seconds, ...summary(await page.evaluate(() => globalThis.tasks)) };
}
const show = (name, { seconds, longest_ms, over_50_ms, over_100_ms }) =>
  console.log(`${name}: ${seconds.toFixed(2)} s; longest task ${longest_ms} ms, ${over_50_ms} over 50 ms, ${over_100_ms} over 100 ms`);

async function show_cold_start() {
  const { usable_ms, ready_ms, all_ms } = await cold_start(house.browser);
  console.log(`from \`hearth serve\` to a usable page: ${usable_ms} ms (median of ${all_ms.join(', ')}); the server listens after ${ready_ms} ms`);
}

/** The server, but for one answer's events: those are written here, `each_ms` apart. */
async function with_long_answer(message_id, pieces, each_ms) {
  const { hostname, port } = new URL(house.url);
  const proxy = createServer((incoming, outgoing) => {
    if (incoming.url.endsWith(`/${message_id}/events`)) {
      outgoing.writeHead(200, { 'Content-Type': 'text/event-stream' });
      const write = (event, data) => outgoing.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      const message = { ...with_long_answer.message, state: 'running', content: '' };
      write('snapshot', message);
      let at = 0;
      const timer = setInterval(() => {
        // As many tokens as came since the last time, as from a fast model.
        for (let i = 0; i < 20 && at < pieces.length; ++i) write('delta', { content: pieces[at++] });
        if (at < pieces.length) return;
        clearInterval(timer);
        write('done', { ...message, state: 'done', content: pieces.join('') });
        outgoing.end();
      }, each_ms);
      return;
    }
    const headers = { ...incoming.headers, host: `${hostname}:${port}` };
    delete headers.origin;
    delete headers.referer;
    const onward = request({ hostname, port, path: incoming.url, method: incoming.method, headers }, (answer) => {
      const body = [];
      answer.on('data', (bytes) => body.push(bytes));
      answer.on('end', () => {
        let bytes = Buffer.concat(body);
        const head = { ...answer.headers };
        if (incoming.url.includes('tree=true')) {
          const tree = JSON.parse(bytes);
          const message = tree.messages.find((one) => one.id === message_id);
          if (message) {
            with_long_answer.message = { ...message };
            Object.assign(message, { state: 'running', content: '' });
          }
          bytes = Buffer.from(JSON.stringify(tree));
          head['content-length'] = bytes.length;
        }
        outgoing.writeHead(answer.statusCode, head);
        outgoing.end(bytes);
      });
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${proxy.address().port}`, close: () => proxy.close() };
}

try {
  if (process.env.HEARTH_URL) console.log('no cold start is measured: HEARTH_URL names a server that runs already');
  else await show_cold_start();

  const many = await house.conversation('A thousand messages', long_conversation(1000));
  const page = await house.visit();
  show('1,000 messages, opened', await measured(page, async () => {
    await page.goto(`${house.url}/chat#/c/${many.id}`);
    await page.getByText('Message 999', { exact: false }).first().waitFor();
    await page.waitForTimeout(300);
  }));
  show('1,000 messages, scrolled to the beginning', await measured(page, async () => {
    // By a selector: to search all the text in the page would be the longest task of all.
    while ((await page.locator('#messages .earlier').count()) > 0) {
      await page.locator('#messages').evaluate((box) => (box.scrollTop = 0));
      await page.waitForTimeout(30);
    }
  }));

  const pieces = long_answer(20_000);
  const written = await house.conversation('A long answer that is there', ['Write a book', pieces.join('')]);
  const opener = await house.visit();
  show('an answer of 20,000 tokens, opened', await measured(opener, async () => {
    await opener.goto(`${house.url}/chat#/c/${written.id}`);
    await opener.locator('.answer p', { hasText: 'The end of it all.' }).waitFor();
    await opener.waitForFunction((blocks) => document.querySelectorAll('.answer .prose > .block').length === blocks, pieces.join('').split('\n\n').length);
    await opener.waitForTimeout(300);
  }));

  const long = await house.conversation('A long answer', ['Write a book', 'x']);
  const { messages } = await house.api('GET', `/api/conversations/${long.id}?tree=true`);
  const proxy = await with_long_answer(messages[1].id, pieces, 16);
  const reader = await house.browser.newPage();
  await reader.goto(`${proxy.url}/chat`);
  await reader.locator('#composer').waitFor();
  show('20,000 tokens at about 1,200 a second', await measured(reader, async () => {
    await reader.goto(`${proxy.url}/chat#/c/${long.id}`);
    await reader.locator('.answer p', { hasText: 'The end of it all.' }).waitFor({ timeout: 120_000 });
  }));
  proxy.close();

  const ask = async () => {
    const response = await fetch(`${house.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: MODEL, stream: true, max_tokens: 400, temperature: 1, messages: [{ role: 'user', content: 'Once' }] }),
    });
    for await (const bytes of response.body) void bytes;
  };
  const typing = await house.visit();
  const streams = (async () => {
    for (let round = 0; round < 3; ++round) await Promise.all(Array.from({ length: 64 }, ask));
  })();
  show('typing and reading while 64 answers stream', await measured(typing, async () => {
    await typing.locator('#composer').pressSequentially('Can I still write while others are being answered?', { delay: 20 });
    await typing.keyboard.press('Enter');
    await typing.locator('.answer[aria-busy=false]').waitFor({ timeout: 60_000 });
  }));
  await streams;
} finally {
  await house.close();
}
