import { expect } from '@jest/globals';
import type { TestAnswer } from './service.js';

interface ExpectedProblem {
  status: number;
  code: string;
  fields?: string[];
}

/** Expects a complete problem of RFC 9457: status, headers, all members, and the fields with errors. */
export function expectProblem(
  answer: { status: number; headers: TestAnswer['headers'] | NodeJS.Dict<string | string[]>; body: unknown },
  { status, code, fields }: ExpectedProblem,
): void {
  const header = (name: string) =>
    answer.headers instanceof Headers ? answer.headers.get(name) : (answer.headers[name] ?? null);
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { code } });
  expect(header('content-type')).toMatch(/^application\/problem\+json\b/);
  expect(header('x-request-id')).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
  expect(answer.body).toMatchObject({
    type: `/docs/problems#${code}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
    requestId: header('x-request-id'),
    retryable: expect.any(Boolean),
  });
  if (fields)
    expect((answer.body as { errors: { field: string }[] }).errors.map(({ field }) => field)).toEqual(fields);
}
