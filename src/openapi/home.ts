import { groups } from './operations/operations.js';
import { pageOf } from './layout.js';

const about = 'Container images as Huawei Cloud HSS knows them: merged, cached, within its call budget.';

/** What this service is, for a program that asks at `/`. */
export function homeObject(basePath: string, version: string, hasConsole: boolean): object {
  return {
    name: 'hss-bff',
    description: about,
    version,
    key: 'Authorization: Bearer KEY, or X-API-Key: KEY',
    links: {
      ...(hasConsole ? { console: `${basePath}/console` } : {}),
      docs: `${basePath}/docs`,
      openapi: `${basePath}/openapi.json`,
      guide: `${basePath}/docs/guide`,
      problems: `${basePath}/docs/problems`,
      health: `${basePath}/health`,
    },
  };
}

/** The same for a person with a browser. */
export function homePage(basePath: string, version: string, hasConsole: boolean): string {
  const operations = Object.entries(groups)
    .slice(0, 2)
    .flatMap(([group, { operations: all }]) =>
      Object.entries(all).map(
        ([id, { summary }]) => `<li><a href="${basePath}/docs#/${group}/${id}">${summary}</a></li>`,
      ),
    );
  const look = hasConsole ? `<p>Look around in the <a href="${basePath}/console">console</a>.</p>` : '';
  return pageOf(
    basePath,
    'hss-bff',
    `<h1>hss-bff ${version}</h1><p>${about}</p>
<p>Send your key as <code>Authorization: Bearer KEY</code> or <code>X-API-Key: KEY</code>, for example:</p>
<pre><code>curl -H "X-API-Key: $KEY" "$BFF/v1/images?severity=high&amp;running=true"</code></pre>
<ul>${operations.join('')}</ul>${look}<p>More in the <a href="${basePath}/docs/guide">guide</a>.</p>`,
  );
}
