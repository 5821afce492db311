import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Marked, type Tokens } from 'marked';
import { docsFolder } from './docs-folder.js';
import { pageOf } from './layout.js';

/** The pages for consumers and operators, in the order in which they help. Other pages follow by name. */
const firstPages = [
  'clients',
  'merged-answers',
  'catalog',
  'ci-gate',
  'operations',
  'incident',
  'errors',
  'versioning',
  'upgrading',
];

/** The names of the pages in docs/; none where the folder is not there. */
export function guidePages(): string[] {
  if (!existsSync(docsFolder)) return [];
  const all = readdirSync(docsFolder).flatMap((file) => /^(.*)\.md$/.exec(file)?.[1] ?? []);
  const rest = all.filter((name) => !firstPages.includes(name)).sort();
  return [...firstPages.filter((name) => all.includes(name)), ...rest];
}

/** The pictures of the pages, by their path in docs/. */
export function guidePictures(): Record<string, () => Buffer> {
  const folder = new URL('images/', docsFolder);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return Object.fromEntries(
    names.map((name) => [`images/${name}`, () => readFileSync(new URL(name, folder))]),
  );
}

const read = (name: string) => readFileSync(new URL(`${name}.md`, docsFolder), 'utf8');
const titleOf = (name: string) => /^# (.*)/.exec(read(name))?.[1] ?? name;

export function guideIndex(basePath: string): string {
  const items = guidePages().map(
    (name) => `<li><a href="${basePath}/docs/guide/${name}">${titleOf(name)}</a></li>`,
  );
  return pageOf(basePath, 'hss-bff: guide', `<h1>Guide</h1><ul>${items.join('')}</ul>`);
}

/** A page of docs/ as HTML. The pages are our own, so their HTML is trusted. */
export function guidePage(basePath: string, name: string): string {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading) {
        return `<h${depth} id="${anchorOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        const inner = this.parser.parseInline(tokens);
        const target = targetOf(basePath, href);
        return target === undefined ? inner : `<a href="${target}">${inner}</a>`;
      },
      image: ({ href, text }: Tokens.Image) =>
        `<img src="${basePath}/docs/guide/${href}" alt="${text}" loading="lazy">`,
    },
  });
  const body = marked.parse(read(name), { async: false });
  const scrolling = body
    .replaceAll('<table>', '<div class="scroll"><table>')
    .replaceAll('</table>', '</table></div>');
  return pageOf(basePath, `hss-bff: ${titleOf(name)}`, scrolling);
}

/** Where a link of a page leads here; undefined for files that are not served, such as sources. */
function targetOf(basePath: string, href: string): string | undefined {
  if (/^(https?:|#|\/)/.test(href)) return href;
  const [, name, anchor = ''] = /^([\w-]+)\.md(#.*)?$/.exec(href) ?? [];
  return name === undefined ? undefined : `${basePath}/docs/guide/${name}${anchor}`;
}

/** As code hosts make it: words in lower case with hyphens between them. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}
