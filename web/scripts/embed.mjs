// Compresses the built page and writes the C++ file that embeds it.
// Usage: node scripts/embed.mjs DIST FOLDER OUTPUT.cpp    FOLDER: where the compressed files go
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const [dist, folder, output] = process.argv.slice(2);
if (!output) throw new Error('usage: embed.mjs DIST FOLDER OUTPUT.cpp');

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

function files_below(path) {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files_below(join(path, entry.name)) : [join(path, entry.name)],
  );
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const compare_bytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const files = files_below(dist).map((file) => ({ file, path: `/${relative(dist, file).replaceAll('\\', '/')}` }));
files.sort((a, b) => compare_bytes(a.path, b.path));

const data = [];
const rows = [];
for (const [index, { file, path }] of files.entries()) {
  const type = types[extname(file)];
  if (!type) throw new Error(`${path}: no type is known for it`);
  const plain = readFileSync(file);
  const versions = { plain };
  // Pictures are compressed already; a few bytes less are not worth the work of unpacking them.
  const small_enough = (bytes) => bytes.length < 0.95 * plain.length;
  const gzip = gzipSync(plain, { level: 9 });
  const brotli = brotliCompressSync(plain, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
  });
  if (small_enough(gzip)) versions.gzip = gzip;
  if (small_enough(brotli)) versions.brotli = brotli;
  const names = {};
  for (const [version, bytes] of Object.entries(versions)) {
    const name = `hearth_web_${index}_${version}`;
    const stored = join(folder, name);
    writeFileSync(stored, bytes);
    data.push({ name, stored, size: statSync(stored).size });
    names[version] = `std::string_view(${name}, ${bytes.length})`;
  }
  const etag = createHash('sha256').update(plain).digest('hex').slice(0, 24);
  // Vite's hash is in the names of what it made.
  const is_immutable = /^\/assets\/.+-[\w-]{8}\.\w+$/.test(path);
  rows.push(
    `    {${JSON.stringify(path)}, ${JSON.stringify(type)}, "\\"${etag}\\"", ${is_immutable}, ${names.plain}, ` +
      `${names.gzip ?? '{}'}, ${names.brotli ?? '{}'}},`,
  );
}

const quoted = (text) => JSON.stringify(text).slice(1, -1).replaceAll('\\', '\\\\');
const blobs = data
  .map(({ name, stored }) => `asm(".pushsection .rodata\\n.balign 16\\n.globl ${name}\\n${name}:\\n.incbin \\"${quoted(stored)}\\"\\n.byte 0\\n.popsection\\n");`)
  .join('\n');
const declared = data.map(({ name, size }) => `extern const char ${name}[${size + 1}];`).join('\n');
writeFileSync(
  output,
  `// Written by web/scripts/embed.mjs.
#include "server/web/web_files.h"

${blobs}

extern "C" {
${declared}
}

namespace hearth {
namespace {

constexpr WebFile kFiles[] = {
${rows.join('\n')}
};

}  // namespace

std::span<const WebFile> web_files() { return kFiles; }
std::string_view web_files_missing() { return {}; }

}  // namespace hearth
`,
);

const sum = (extension) =>
  data.filter(({ name }) => name.endsWith(extension)).reduce((all, { size }) => all + size, 0);
console.log(`The page: ${files.length} files, ${Math.round(sum('_plain') / 1000)} kB, ${Math.round(sum('_brotli') / 1000)} kB compressed`);
