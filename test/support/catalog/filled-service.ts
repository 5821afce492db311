/**
 * The set-up of all tests that ask a service with a complete catalog: the catalog has all images and contents of the
 * emulator and takes changes from the tests only, since no sync runs.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { ImageDocument } from '../../../src/catalog/model/documents.js';
import { startEmulator, type Emulator } from '../../../emulator/emulator.js';
import type { Fault } from '../../../emulator/traffic/faults.js';
import { applyStep, fillCatalog, type Filling } from '../catalog.js';
import { readKey, startService, type TestAnswer, type TestService } from '../service.js';
import { TestClock } from '../test-clock.js';

type Body = TestAnswer['body'];

/** Registers its hooks in the `describe` that calls this function. Each test starts with a catalog that was just read. */
export function useFilledCatalog(
  size: { registryImages?: number; localImages?: number } = {},
  env: Record<string, string> = {},
) {
  const clock = new TestClock();
  let emulator: Emulator;
  let service: TestService | undefined;
  let documents: ImageDocument[];
  let isDiscarded = false;

  const closeService = async () => {
    await service?.close();
    service = undefined;
  };
  /** One step of the catalog, read at this moment. */
  const apply = (filling: Omit<Filling, 'readAt'> = {}) =>
    applyStep(service!, { ...filling, readAt: clock.now() });

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', clock, ...size });
  });

  beforeEach(async () => {
    if (service) {
      await apply();
      // The cache may hold answers to the calls of earlier tests.
      if (emulator.journal.entries.length > 0) await service.purge();
    } else {
      service = await startService({ emulator, clock, env });
      documents = await fillCatalog(service, emulator, clock.now());
    }
    emulator.journal.clear();
  });

  afterEach(async () => {
    emulator.faults.clear();
    if (isDiscarded) await closeService();
    isDiscarded = false;
  });

  afterAll(async () => {
    await closeService();
    await emulator.close();
  });

  /** Ends the service after this test, when the test changes what other tests rely on. */
  const discardService = (): void => {
    isDiscarded = true;
  };

  /** Schedules a fault. Pauses and circuit breakers outlive the fault, so the service ends after this test. */
  const strike = (fault: Fault): void => {
    discardService();
    emulator.faults.schedule(fault);
  };

  /** GET with the read key. */
  const get = (path: string, headers?: Record<string, string>): Promise<TestAnswer> =>
    service!.get(path, headers);

  const fetched = (path: string, headers?: Record<string, string>): Promise<Body> =>
    bodyOf(get(path, headers));

  /** The items of all pages, from the page of this path on. */
  const walk = async (path: string): Promise<Body[]> => {
    const items: Body[] = [];
    for (let next: string | null = path; next !== null;) {
      const page: Body = await fetched(next);
      items.push(...page.items);
      next = page.next;
    }
    return items;
  };

  return {
    clock,
    get emulator() {
      return emulator;
    },
    get service() {
      return service!;
    },
    /** The images of the catalog as the first step has filled the catalog. */
    get documents() {
      return documents;
    },
    apply,
    discardService,
    strike,
    get,
    fetched,
    walk,
    /** How many calls to HSS this test has caused. */
    callCount: () => emulator.journal.entries.length,
  };
}

/** The body of an answer with status 200. */
export async function bodyOf(answer: Promise<TestAnswer>): Promise<Body> {
  const { status, body } = await answer;
  expect({ status, code: body.code, detail: body.detail, errors: body.errors }).toEqual({ status: 200 });
  return body;
}

/** `POST /v1/images/batch-get` with the read key. */
export function postBatch(
  service: TestService,
  body: string,
  { contentType = 'application/json', query = '' } = {},
): Promise<TestAnswer> {
  return service.request(`/v1/images/batch-get${query}`, {
    method: 'POST',
    headers: { 'X-API-Key': readKey, 'content-type': contentType },
    body,
  });
}
