import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { problems } from '../http/problem.js';

/** The page of all problem codes. The `type` of every error links to this page. */
@ApiExcludeController()
@Controller('docs/problems')
export class ProblemsController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  page(): string {
    return html;
  }
}

const rows = Object.entries(problems).map(
  ([code, { status, title, retryable }]) =>
    `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td><td>${retryable ? 'yes' : 'no'}</td></tr>`,
);

const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>hss-bff: problems</title>
<h1>Problems</h1><p>Every error is <code>application/problem+json</code>; <code>code</code> is one of these.</p>
<table border="1" cellpadding="6"><tr><th>code</th><th>status</th><th>meaning</th><th>worth a retry</th></tr>
${rows.join('\n')}
</table></html>`;
