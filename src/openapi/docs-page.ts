import { html, securityPolicy, type StaticText } from '../http/static-text.js';
import { navigation } from './layout.js';

/** Below this width the page of a phone begins. */
const narrow = '640px';

/** The page /docs: Swagger UI, with every file from this service. @param version of Swagger UI, for its caches. */
export function docsPage(basePath: string, version: string): StaticText {
  const at = (name: string) => `${basePath}/docs/${name}?v=${version}`;
  return {
    type: html,
    // Swagger UI sets the style of single elements.
    headers: securityPolicy("'self' 'unsafe-inline'"),
    make: () => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>hss-bff: API</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="${at('swagger-ui.css')}"><link rel="stylesheet" href="${basePath}/docs/docs.css">
<script src="${at('swagger-ui-bundle.js')}" defer></script><script src="${basePath}/docs/start.js" defer></script></head>
<body>${navigation(basePath)}<div id="docs"></div><noscript>This page needs JavaScript. The document is at
<a href="${basePath}/openapi.json">openapi.json</a>.</noscript></body></html>`,
  };
}

/** The key stays in the session of the browser's tab. The filter looks at every operation, not at groups only. */
export const startScript = (basePath: string): string => `
const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', paint);
paint();

const kept = 'hss-bff-key';
const opsFilter = (groups, text) => {
  const wanted = text.toLowerCase();
  const matches = (operation) =>
    [operation.get('path'), operation.get('method'), ...['summary', 'description', 'operationId'].map((name) => operation.getIn(['operation', name]))]
      .join(' ').toLowerCase().includes(wanted);
  return groups
    .map((group, name) => name.toLowerCase().includes(wanted) ? group : group.update('operations', (all) => all.filter(matches)))
    .filter((group) => group.get('operations').size > 0);
};
const keepKey = () => ({
  fn: { opsFilter },
  statePlugins: { auth: { wrapActions: {
    authorize: (original) => (payload) => { sessionStorage.setItem(kept, JSON.stringify(payload)); return original(payload); },
    logout: (original) => (payload) => { sessionStorage.removeItem(kept); return original(payload); },
  } } },
});

const page = SwaggerUIBundle({
  url: '${basePath}/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  filter: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  validatorUrl: null,
  // Long answers would take seconds on a phone.
  syntaxHighlight: false,
  plugins: [keepKey],
  onComplete: () => {
    const key = sessionStorage.getItem(kept);
    if (key) page.authActions.authorize(JSON.parse(key));
  },
});
`;

export const docsStyle = `
:root { color-scheme: light dark; }
body { margin: 0; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; padding: 0.8rem 20px; font: 1rem/1.5 system-ui, sans-serif; }
nav a { color: light-dark(#0550ae, #79b8ff); }
.dark-mode body { background: #1c2022; }
.swagger-ui .info { margin: 20px 0; }
@media (max-width: ${narrow}) {
  .swagger-ui .wrapper { padding: 0 8px; }
  .swagger-ui .scheme-container .schemes { flex-wrap: wrap; gap: 10px; }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap; }
  .swagger-ui .opblock .opblock-summary-path { max-width: none; word-break: break-word; }
  .swagger-ui .opblock-body, .swagger-ui .responses-inner { padding: 8px; max-width: 100%; box-sizing: border-box; }
  .swagger-ui table, .swagger-ui tbody, .swagger-ui tr, .swagger-ui td { display: block; width: auto; max-width: 100%; box-sizing: border-box; padding-left: 0; }
  .swagger-ui table thead { display: none; }
  .swagger-ui .parameters-col_description, .swagger-ui .response-col_description { width: auto; min-width: 0; }
  .swagger-ui .parameters-col_description input, .swagger-ui .parameters-col_description select, .swagger-ui textarea { width: 100%; max-width: 100%; min-width: 0; box-sizing: border-box; }
  .swagger-ui .opblock-section-header { flex-wrap: wrap; }
  .swagger-ui .highlight-code, .swagger-ui pre, .swagger-ui .model-box { max-width: 100%; overflow-x: auto; box-sizing: border-box; }
  .swagger-ui .dialog-ux .modal-ux { min-width: 0; width: 95vw; }
}
`;
