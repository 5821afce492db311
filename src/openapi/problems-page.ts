import { problems, type ProblemCode } from '../http/problem.js';
import { escaped, pageOf } from './layout.js';
import { problemAdvice } from './problem-advice.js';

/** The page that the `type` of every error links to. */
export function problemsPage(basePath: string): string {
  const codes = Object.keys(problems) as ProblemCode[];
  const list = codes.map((code) => `<a href="#${code}"><code>${code}</code></a>`).join(' · ');
  return pageOf(
    basePath,
    'hss-bff: problems',
    `<h1>Problems</h1><p>Every error is <code>application/problem+json</code> (RFC 9457); <code>code</code> is one of these.
A 429 or 503 has <code>Retry-After</code>: the time at which the same request can succeed.</p><p>${list}</p>
${codes.map(section).join('\n')}`,
  );
}

function section(code: ProblemCode): string {
  const { status, title, retryable } = problems[code];
  const { cause, action, who } = problemAdvice[code];
  const rows: [name: string, text: string][] = [
    ['Cause', cause],
    ['What to do', action],
    ['Who acts', who],
    ['The same request later', retryable ? 'can succeed' : 'gives the same error'],
  ];
  const cells = rows.map(([name, text]) => `<tr><th scope="row">${name}</th><td>${withCode(text)}</td></tr>`);
  return `<section id="${code}"><h2><code>${code}</code> (${status})</h2><p>${escaped(title)}</p>
<div class="scroll"><table>${cells.join('')}</table></div></section>`;
}

/** Words between backticks become code. */
function withCode(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}
