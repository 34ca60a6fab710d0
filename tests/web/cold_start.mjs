// From `hearth serve` to a page one can use: the message field has the focus, and a model of those on the disk is chosen.
import { start_server } from './house.mjs';

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Each round starts a server of its own in an empty home, and visits it with nothing in the browser's cache. The browser runs already. */
export async function cold_start(browser, rounds = 5) {
  const ready_ms = [];
  const usable_ms = [];
  for (let round = 0; round < rounds; ++round) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const server = await start_server([]);
    try {
      ready_ms.push(server.ready_ms);
      await page.goto(`${server.url}/chat`);
      await page.waitForFunction(() => {
        const field = document.getElementById('composer');
        return field !== null && field === document.activeElement && !field.disabled && /stories/.test(document.querySelector('header .model')?.textContent ?? '');
      });
      usable_ms.push(performance.now() - server.began);
    } finally {
      await context.close();
      await server.stop();
    }
  }
  return { ready_ms: Math.round(median(ready_ms)), usable_ms: Math.round(median(usable_ms)), all_ms: usable_ms.map(Math.round) };
}
