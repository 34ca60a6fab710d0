// What the browser's tests stand on: `hearth serve` with a fixture model in an empty home, Debian's Chromium, and a page
// that fails the test when it logs an error or asks another host for anything.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const MODEL = 'stories260K';
export const OTHER_MODEL = 'stories-twin';

const { HEARTH, HEARTH_URL, HEARTH_FIXTURES, CHROMIUM } = process.env;

/** Starts hearth; `args` go behind `serve`, the fixture model is there under each of the names. `began` and `ready_ms`: when it was started, and how much later it said its address. */
export async function start_server(args, names = [MODEL, OTHER_MODEL]) {
  if (HEARTH_URL) return { url: HEARTH_URL, stop: async () => {} };
  const home = mkdtempSync(join(tmpdir(), 'hearth-web-'));
  const models = mkdtempSync(join(tmpdir(), 'hearth-web-models-'));
  const fixture = join(HEARTH_FIXTURES, 'real', 'stories260K.gguf');
  for (const name of names) copyFileSync(fixture, join(models, `${name}.gguf`));
  const environment = { PATH: process.env.PATH, HOME: home };
  const began = performance.now();
  const server = spawn(HEARTH, ['serve', '--models-dir', models, '--port', '0', '--log-level', 'warning', ...args], { env: environment });
  let said = '';
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`hearth serve did not begin: ${said}`)), 30_000);
    const listen = (bytes) => {
      said += bytes;
      const match = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (!match) return;
      clearTimeout(timer);
      resolve(match[0]);
    };
    server.stdout.on('data', listen);
    server.stderr.on('data', listen);
    server.on('exit', (code) => reject(new Error(`hearth serve ended with ${code}: ${said}`)));
  });
  const ready_ms = performance.now() - began;
  const stop = async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    const late = setTimeout(() => server.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
    rmSync(home, { recursive: true, force: true });
    rmSync(models, { recursive: true, force: true });
  };
  return { url, began, ready_ms, stop, kill: () => server.kill('SIGKILL') };
}

export class House {
  static async open(args = [], names = undefined) {
    const house = new House();
    house.server = await start_server(args, names);
    house.url = house.server.url;
    house.browser = await chromium.launch({
      executablePath: CHROMIUM && existsSync(CHROMIUM) ? CHROMIUM : '/usr/bin/chromium',
      // Root has no sandbox of its own in a container; the pages are ours.
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    house.contexts = [];
    return house;
  }

  /** A fresh visitor. `allowed`: console messages that a test provokes. */
  async visit(path = '/chat', { allowed = null, ...options } = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light', reducedMotion: 'reduce', ...options });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']).catch(() => {});
    context.setDefaultTimeout(15_000);
    this.contexts.push(context);
    const page = await context.newPage();
    page.problems = [];
    page.on('pageerror', (error) => page.problems.push(String(error.stack ?? error)));
    page.on('console', (message) => {
      if ((message.type() === 'error' || message.type() === 'warning') && !allowed?.test(message.text())) page.problems.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(this.url) && !/^(data|blob):/.test(request.url())) page.problems.push(`asked ${request.url()}`);
    });
    await page.goto(this.url + path);
    await page.locator('#app > .app').waitFor();
    return page;
  }

  /** Straight to the API, as the owner of the page's conversations. */
  async api(method, path, body) {
    const response = await fetch(this.url + path, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  /** A conversation with these texts, question and answer in turns. */
  async conversation(title, texts, change = {}) {
    const now = Date.now() - texts.length * 1000;
    const messages = texts.map((content, i) => ({
      id: `m${i}`, parent_id: i === 0 ? null : `m${i - 1}`, role: i % 2 === 0 ? 'user' : 'assistant', content, reasoning: '', attachments: [],
      model: i % 2 === 0 ? null : MODEL, parameters: {}, state: 'done', finish_reason: i % 2 === 0 ? null : 'stop', error: null, created_ms: now + i * 1000,
      ...change.message,
    }));
    const { conversations } = await this.api('POST', '/api/conversations/import', {
      format: 'hearth conversations 1',
      conversations: [{ title, model: MODEL, parameters: {}, tags: [], created_ms: now, updated_ms: now, leaf_id: messages.at(-1)?.id ?? null, messages, ...change.conversation }],
    });
    return conversations[0];
  }

  async close() {
    for (const context of this.contexts) await context.close();
    await this.browser.close();
    await this.server.stop();
  }
}

/** Writes a message and sends it. */
export async function say(page, text) {
  await page.fill('#composer', text);
  await page.keyboard.press('Enter');
}

/** Until no answer is running. */
export async function answered(page) {
  await page.locator('.answer').first().waitFor();
  await page.locator('.answer[aria-busy=true]').waitFor({ state: 'detached' });
}

export const answer = (page) => page.locator('.answer').last();

/** Answers of at most so many tokens, always the same. */
export async function keep_short(page, tokens = 24) {
  await page.keyboard.press('Control+.');
  await set_parameter(page, 'max_tokens', String(tokens));
  await set_parameter(page, 'temperature', '0');
  await page.keyboard.press('Control+.');
}

export async function set_parameter(page, name, text) {
  const field = page.locator(`aside [data-parameter=${name}] .input`);
  await field.fill(text);
  await field.blur();
}

export async function choose_in_menu(page, button, item) {
  await button.click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}
