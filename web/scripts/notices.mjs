// Writes DIST/assets/third-party.txt: the licences of what the built page contains, from the packages themselves.
// Usage: node scripts/notices.mjs DIST
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// What ends up in the built files; Svelte brings the three below it.
const shipped = ['svelte', 'esm-env', 'clsx', 'marked', 'dompurify', 'highlight.js', 'temml'];

const root = new URL('../node_modules/', import.meta.url).pathname;
const parts = ['The page of Hearth contains the following open-source software.\n'];
for (const name of shipped) {
  const folder = join(root, name);
  if (!existsSync(folder)) throw new Error(`${name} is not installed: run npm ci`);
  const facts = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file && !facts.license) throw new Error(`${name} says nothing about its licence`);
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `Licence: ${facts.license}`;
  parts.push(`${'='.repeat(78)}\n${name} ${facts.version} (${facts.license})\n${'='.repeat(78)}\n\n${text}\n`);
}
writeFileSync(join(process.argv[2] ?? 'dist', 'assets', 'third-party.txt'), parts.join('\n'));
