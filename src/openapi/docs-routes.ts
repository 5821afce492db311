import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { FastifyInstance } from 'fastify';
import { preferredType } from '../http/negotiation.js';
import { html, securityPolicy, serveStatic, type StaticText } from '../http/static-text.js';
import { collectionOf, type CollectionSource } from './collection.js';
import { docsPage, docsStyle, startScript } from './docs-page.js';
import { releaseVersion } from './document.js';
import { guideIndex, guidePage, guidePages, guidePictures } from './guide.js';
import { homeObject, homePage } from './home.js';
import { pageStyle } from './layout.js';
import { problemsPage } from './problems-page.js';

const script = 'text/javascript; charset=utf-8';
const style = 'text/css; charset=utf-8';
const json = 'application/json; charset=utf-8';
const { resolve } = createRequire(import.meta.url);

/**
 * Serves what people and tools read about the service: `/`, the OpenAPI document, the pages below /docs. Nest's own
 * set-up needs @fastify/static, which Jest cannot load on Node 20, so these are plain Fastify routes.
 * @param makeDocument gives the OpenAPI document.
 */
export function installDocs(
  fastify: FastifyInstance,
  makeDocument: () => object,
  basePath: string,
  hasConsole: boolean,
): void {
  const { version } = JSON.parse(readFileSync(resolve('swagger-ui-dist/package.json'), 'utf8')) as {
    version: string;
  };
  const page = (make: () => string): StaticText => ({ type: html, headers: securityPolicy(), make });
  const asset = (name: string, type: string): StaticText => ({
    type,
    isImmutable: true,
    make: () => readFileSync(resolve(`swagger-ui-dist/${name}`)),
  });
  const collection = () =>
    collectionOf(makeDocument() as CollectionSource, `http://localhost:3000${basePath}`);
  const texts: Record<string, StaticText> = {
    '/openapi.json': { type: json, make: () => JSON.stringify(makeDocument()) },
    '/docs': docsPage(basePath, version),
    '/docs/start.js': { type: script, make: () => startScript(basePath) },
    '/docs/docs.css': { type: style, make: () => docsStyle },
    '/docs/page.css': { type: style, make: () => pageStyle },
    '/docs/swagger-ui.css': asset('swagger-ui.css', style),
    '/docs/swagger-ui-bundle.js': asset('swagger-ui-bundle.js', script),
    '/docs/collection.json': { type: json, make: () => JSON.stringify(collection(), null, 2) },
    '/docs/problems': page(() => problemsPage(basePath)),
    '/docs/guide': page(() => guideIndex(basePath)),
  };
  for (const name of guidePages()) texts[`/docs/guide/${name}`] = page(() => guidePage(basePath, name));
  for (const [path, make] of Object.entries(guidePictures()))
    texts[`/docs/guide/${path}`] = { type: path.endsWith('.svg') ? 'image/svg+xml' : 'image/png', make };
  for (const [path, text] of Object.entries(texts)) serveStatic(fastify, path, text);

  const produces = [json, html];
  fastify.get('/', { config: { produces } }, (request, reply) => {
    const isForPeople = preferredType(request.headers.accept, produces) === html;
    void reply.headers({ vary: 'Accept', 'x-content-type-options': 'nosniff', ...securityPolicy() });
    return isForPeople
      ? reply.type(html).send(homePage(basePath, releaseVersion, hasConsole))
      : reply.type(json).send(homeObject(basePath, releaseVersion, hasConsole));
  });
}
