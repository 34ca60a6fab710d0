import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

import { service_worker } from './scripts/service_worker';

export default defineConfig({
  plugins: [svelte(), service_worker()],
  base: '/',
  resolve: {
    // Vitest would else take Svelte's build for servers.
    conditions: process.env['VITEST'] ? ['browser'] : undefined,
  },
  build: {
    target: 'es2022',
    assetsDir: 'assets',
    // Inlined files would be data: URLs, which the page's Content-Security-Policy forbids for scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:11434', '/v1': 'http://127.0.0.1:11434', '/hearth': 'http://127.0.0.1:11434' } },
  test: { environment: 'jsdom', include: ['tests/**/*.test.ts'], restoreMocks: true },
});
