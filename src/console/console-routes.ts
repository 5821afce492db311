/**
 * Serves the pages of console/ as static files. The pages ask the public API with a key of the viewer, so they need no
 * key themselves.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { html, securityPolicy, serveStatic } from '../http/static-text.js';
import { installDemoKey } from './demo-key.js';

/** What Vite wrote, beside src/ and dist/. */
const built = new URL('../../console/built/', import.meta.url);
/** Every address that a page puts into the browser's bar. A reload of each brings the same document. */
const pages = ['', '/', '/images', '/images/:imageId', '/hosts', '/hosts/:hostId', '/operate'];
const types: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** @param demoKey undefined outside the demo. */
export function installConsole(
  fastify: FastifyInstance,
  basePath: string,
  demoKey: string | undefined,
): void {
  if (!existsSync(built)) return;
  const read = (name: string) => readFileSync(new URL(name, built), 'utf8');
  // A page below /console/images/ must find the same files, so their addresses are absolute.
  const document = () =>
    read('index.html')
      .replaceAll('./assets/', `${basePath}/console/assets/`)
      .replace('id="app"', demoKey === undefined ? '$&' : '$& data-demo');
  const headers = securityPolicy();
  for (const page of pages) serveStatic(fastify, `/console${page}`, { type: html, headers, make: document });
  for (const name of readdirSync(new URL('assets/', built))) {
    const type = types[name.replace(/^.*\./, '')] ?? 'application/octet-stream';
    const asset = { type, headers, isImmutable: true, make: () => read(`assets/${name}`) };
    serveStatic(fastify, `/console/assets/${name}`, asset);
  }
  if (demoKey !== undefined) installDemoKey(fastify, demoKey);
}
