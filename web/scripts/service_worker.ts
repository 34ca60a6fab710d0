// Writes dist/sw.js: it keeps the page's own files, so that an installed page opens at once and without its server, and
// never touches an answer of the API.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

export function service_worker(): Plugin {
  return {
    name: 'hearth-service-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = Object.keys(bundle).filter((name) => name.startsWith('assets/')).sort();
      // What a first visit loads is kept at once; the other chunks when they are first used.
      const first = new Set<string>();
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk' || !file.isEntry) continue;
        for (const name of [file.fileName, ...file.imports, ...(file.viteMetadata?.importedCss ?? [])]) first.add(name);
      }
      const version = createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 12);
      const source = readFileSync(new URL('./sw.template.js', import.meta.url), 'utf8')
        .replace('"VERSION"', JSON.stringify(version))
        .replace('"SHELL"', JSON.stringify(['/chat', '/manifest.webmanifest', ...[...first].sort().map((name) => `/${name}`)]));
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  };
}
