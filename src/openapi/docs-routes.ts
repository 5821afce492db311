import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import type { FastifyInstance } from 'fastify';

/** Files of swagger-ui-dist, read from disk for each request. */
const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/**
 * Serves the OpenAPI document at /openapi.json and Swagger UI at /docs. Nest's own set-up needs @fastify/static, which
 * Jest cannot load on Node 20, so these are plain Fastify routes.
 * @param makeDocument gives the OpenAPI document as JSON text. Called once, for the first request: most instances get
 * no request for the document, and start sooner without it.
 */
export function installDocs(
  fastify: FastifyInstance,
  makeDocument: () => string,
  publicBasePath: string,
): void {
  const resolve = createRequire(import.meta.url).resolve;
  let document: string | undefined;
  fastify.get('/openapi.json', (_request, reply) =>
    reply.type('application/json').send((document ??= makeDocument())),
  );
  fastify.get('/docs', (_request, reply) => {
    void reply.header(
      'content-security-policy',
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
    );
    return reply.type('text/html; charset=utf-8').send(page(publicBasePath));
  });
  fastify.get('/docs/start.js', (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(startScript(publicBasePath)),
  );
  for (const [name, type] of Object.entries(assets))
    fastify.get(`/docs/${name}`, (_request, reply) =>
      reply.type(type).send(createReadStream(resolve(`swagger-ui-dist/${name}`))),
    );
}

function page(basePath: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>hss-bff</title>
<link rel="stylesheet" href="${basePath}/docs/swagger-ui.css">
<div id="docs"></div>
<script src="${basePath}/docs/swagger-ui-bundle.js"></script><script src="${basePath}/docs/start.js"></script></html>`;
}

function startScript(basePath: string): string {
  return `SwaggerUIBundle({ url: '${basePath}/openapi.json', dom_id: '#docs' });`;
}
