/** The frame of all pages for people: one style sheet, no script, light and dark, as narrow as a phone. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

export function navigation(basePath: string): string {
  const links = [
    ['docs', 'API'],
    ['docs/guide', 'Guide'],
    ['docs/problems', 'Problems'],
    ['openapi.json', 'openapi.json'],
    ['docs/collection.json', 'Collection'],
  ];
  const items = links.map(([path, name]) => `<a href="${basePath}/${path}">${name}</a>`);
  return `<nav aria-label="Documentation">${items.join(' ')}</nav>`;
}

/** @param body HTML, with everything from outside escaped. */
export function pageOf(basePath: string, title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${escaped(title)}</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="${basePath}/docs/page.css"></head>
<body>${navigation(basePath)}<main>${body}</main></body></html>`;
}

export const pageStyle = `
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 60rem; padding: 0 1rem 3rem; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; padding: 0.8rem 0; border-bottom: 1px solid #8886; }
a { color: light-dark(#0550ae, #79b8ff); }
pre, .scroll { overflow-x: auto; }
img { max-width: 100%; height: auto; border: 1px solid #8886; }
pre { padding: 0.7rem; border: 1px solid #8886; border-radius: 4px; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; }
table { border-collapse: collapse; min-width: 100%; }
th, td { border: 1px solid #8886; padding: 0.3rem 0.6rem; text-align: left; vertical-align: top; overflow-wrap: normal; }
section { border-bottom: 1px solid #8886; }
section:target { outline: 2px solid; outline-offset: 4px; }
`;
