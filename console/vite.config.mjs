import { defineConfig } from 'vite';

/** `npm run console` writes the pages to console/dist. The service serves them under any base path, so all addresses are relative. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { outDir: 'built', emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0, modulePreload: false },
});
