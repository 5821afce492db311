import { describe, expect, it } from '@jest/globals';
import type { ReadContext } from '../../../src/cache/read-context.js';
import { Flight, type Elsewhere } from '../../../src/cache/flight.js';
import { SingleFlight } from '../../../src/cache/single-flight.js';
import type { Load } from '../../../src/budget/load.js';
import { BudgetRefused, Unwanted } from '../../../src/budget/budget-errors.js';
import { CallerGone, Deadline, DeadlineExceeded } from '../../../src/time/deadline.js';
import { TestClock } from '../../support/test-clock.js';

const patienceMs = 15_000;

function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A load that ends when the test says so, and that remembers how often it was started, and for whom. */
class HeldLoad {
  readonly starts: Load[] = [];
  readonly #ends: { resolve: (value: string) => void; reject: (error: unknown) => void }[] = [];

  readonly load = (load: Load): Promise<string> => {
    this.starts.push(load);
    return new Promise((resolve, reject) => this.#ends.push({ resolve, reject }));
  };

  get last(): Load {
    return this.starts.at(-1)!;
  }

  end(value: string): void {
    this.#ends.shift()!.resolve(value);
  }

  fail(error: unknown): void {
    this.#ends.shift()!.reject(error);
  }

  /** As a load does that has not sent anything yet when nobody wants it any more. */
  giveUp(): void {
    this.fail(new Unwanted());
  }
}

function setUp() {
  const clock = TestClock.still();
  const flights = new SingleFlight<string>();
  const held = new HeldLoad();
  /** What the fleet has come to. */
  const fleet: { result: Elsewhere<string> | undefined } = { result: undefined };
  const start = (key: string) => new Flight(key, held.load, () => Promise.resolve(fleet.result));
  /** Somebody who asks: `answer` is what came of it, an error included. */
  const ask = ({ key = 'key', consumer = 'reader', priority = 'waiting', waitMs = patienceMs } = {}) => {
    const deadline = new Deadline(clock, waitMs);
    const readContext = { consumer, priority, deadline, demand: {} } as ReadContext;
    const answer = flights
      .run(key, () => start(key), readContext)
      .catch((error: unknown) => error)
      .finally(() => deadline.end(new CallerGone()));
    return { answer, hangUp: () => deadline.end(new CallerGone()) };
  };
  return { clock, flights, held, fleet, start, ask };
}

describe('single flight', () => {
  it('shares one load among all who ask meanwhile, and starts anew afterwards', async () => {
    const { flights, held, ask } = setUp();
    const callers = [ask(), ask(), ask()];
    await settled();
    expect(flights.get('key')).toBe(held.last);
    held.end('one');
    expect(await Promise.all(callers.map(({ answer }) => answer))).toEqual(['one', 'one', 'one']);
    expect(held.starts).toHaveLength(1);
    expect(flights.get('key')).toBeUndefined();
    const next = ask();
    await settled();
    held.end('two');
    expect(await next.answer).toBe('two');
  });

  it('shares a failure too, and does not remember it', async () => {
    const { held, ask } = setUp();
    const callers = Array.from({ length: 20 }, () => ask().answer);
    const failure = new Error('HSS is down');
    await settled();
    held.fail(failure);
    expect(new Set(await Promise.all(callers))).toEqual(new Set([failure]));
    expect(held.starts).toHaveLength(1);
    const next = ask();
    await settled();
    held.end('up again');
    expect(await next.answer).toBe('up again');
  });

  it('keeps keys apart', async () => {
    const { held, ask } = setUp();
    const both = [ask({ key: 'a' }), ask({ key: 'b' })];
    await settled();
    expect(held.starts.map(({ key }) => key)).toEqual(['a', 'b']);
    held.end('a');
    held.end('b');
    expect(await Promise.all(both.map(({ answer }) => answer))).toEqual(['a', 'b']);
  });

  it('that ended without a call does not mind what is heard from elsewhere then', async () => {
    const { held } = setUp();
    let tell: (heard: Elsewhere<string>) => void = () => undefined;
    const flight = new Flight('key', held.load, () => new Promise((resolve) => (tell = resolve)));
    const looked = flight.lookAgain();
    await settled();
    held.fail(new Error('refused here'));
    await expect(flight.result).rejects.toThrow('refused here');
    // A rejection that nobody handles would end the process, and fails this test.
    tell({ error: new Error('failed elsewhere') });
    await looked;
    await settled();
    await expect(flight.result).rejects.toThrow('refused here');
  });

  it('tells the load from its start who waits for it, and for how long', async () => {
    const { clock, held, ask } = setUp();
    ask({ consumer: 'impatient', waitMs: 1_000 });
    ask({ consumer: 'sync', priority: 'background' });
    await settled();
    clock.advance(400);
    const [impatient, sync] = [...held.last.callers];
    expect(impatient).toMatchObject({ consumer: 'impatient', priority: 'waiting' });
    expect(sync).toMatchObject({ consumer: 'sync', priority: 'background' });
    expect(impatient?.remainingMs()).toBeGreaterThan(400);
    expect(impatient?.remainingMs()).toBeLessThanOrEqual(600);
    held.end('value');
  });

  it('tells the load whenever somebody comes or goes', async () => {
    const { held, ask } = setUp();
    ask();
    await settled();
    const counts: number[] = [];
    held.last.onChange(() => counts.push(held.last.callers.size));
    const second = ask();
    second.hangUp();
    await second.answer;
    expect(counts).toEqual([2, 1]);
    held.end('value');
  });

  it('goes on for the others when a caller hangs up', async () => {
    const { held, ask } = setUp();
    const gone = ask();
    const stays = ask();
    await settled();
    gone.hangUp();
    expect(await gone.answer).toBeInstanceOf(CallerGone);
    expect(held.last.isUnwanted).toBe(false);
    held.end('value');
    expect(await stays.answer).toBe('value');
  });

  it('refuses one caller alone', async () => {
    const { held, ask } = setUp();
    const refused = ask({ consumer: 'refused' });
    const stays = ask();
    await settled();
    const refusal = new BudgetRefused('budget', 0);
    [...held.last.callers].find(({ consumer }) => consumer === 'refused')?.refuse(refusal);
    expect(await refused.answer).toBe(refusal);
    expect(held.last.callers.size).toBe(1);
    held.end('value');
    expect(await stays.answer).toBe('value');
  });

  it('makes a load unwanted when its last caller hangs up, and does not break it off', async () => {
    const { flights, held, ask } = setUp();
    const callers = [ask(), ask()];
    await settled();
    callers[0]?.hangUp();
    await callers[0]?.answer;
    expect(held.last.isUnwanted).toBe(false);
    callers[1]?.hangUp();
    await callers[1]?.answer;
    expect(held.last).toMatchObject({ isUnwanted: true, callers: new Set() });
    expect(flights.get('key')).toBe(held.last);
    held.end('for whoever asks next');
  });

  it('keeps a load wanted for a caller whose time is over: it will ask again', async () => {
    const { clock, flights, held, ask } = setUp();
    const impatient = ask({ waitMs: 1_000 });
    await settled();
    clock.advance(1_000);
    expect(await impatient.answer).toBeInstanceOf(DeadlineExceeded);
    expect(held.last).toMatchObject({ isUnwanted: false, callers: new Set() });
    expect(flights.get('key')).toBe(held.last);
    held.end('value');
  });

  it('keeps a load wanted for a caller that was refused, even if the next one hangs up', async () => {
    const { held, ask } = setUp();
    const refused = ask();
    await settled();
    for (const caller of held.last.callers) caller.refuse(new BudgetRefused('budget', 0));
    await refused.answer;
    const gone = ask();
    gone.hangUp();
    await gone.answer;
    expect(held.last.isUnwanted).toBe(false);
    held.end('value');
  });

  it('lets a load be wanted again by one who comes before it was given up', async () => {
    const { held, ask } = setUp();
    const gone = ask();
    await settled();
    gone.hangUp();
    await gone.answer;
    const late = ask();
    expect(held.last.isUnwanted).toBe(false);
    held.end('value');
    expect(await late.answer).toBe('value');
    expect(held.starts).toHaveLength(1);
  });

  it('starts a new load for those who come after that when the old one is given up', async () => {
    const { held, ask } = setUp();
    const gone = ask();
    await settled();
    gone.hangUp();
    await gone.answer;
    const late = [ask(), ask()];
    held.giveUp();
    await settled();
    expect(held.starts).toHaveLength(2);
    held.end('value');
    expect(await Promise.all(late.map(({ answer }) => answer))).toEqual(['value', 'value']);
  });

  it('does not start anything for a caller whose time is over already', async () => {
    const { clock, flights, held, start } = setUp();
    const deadline = new Deadline(clock, patienceMs);
    deadline.end(new Error('late'));
    const readContext: ReadContext = { consumer: 'reader', priority: 'waiting', demand: {}, deadline };
    await expect(flights.run('key', () => start('key'), readContext)).rejects.toThrow('late');
    await settled();
    expect(held.starts).toHaveLength(0);
  });

  it('keeps one who joined an old load waiting for the same load', async () => {
    const { clock, held, ask } = setUp();
    const impatient = ask();
    clock.advance(patienceMs - 1_000);
    const late = ask();
    clock.advance(1_000);
    expect(await impatient.answer).toBeInstanceOf(DeadlineExceeded);
    clock.advance(patienceMs - 2_000);
    held.end('value');
    expect(await late.answer).toBe('value');
    expect(held.starts).toHaveLength(1);
  });

  it('leaves no timer behind, whoever leaves and however', async () => {
    const { clock, held, ask } = setUp();
    const callers = [ask(), ask(), ask({ waitMs: 1_000 })];
    await settled();
    callers[0]?.hangUp();
    clock.advance(1_000);
    held.end('value');
    await Promise.all(callers.map(({ answer }) => answer));
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a load in the fleet', () => {
  it('may send its call when the fleet has come to nothing, and is then joined all the same', async () => {
    const { flights, held, fleet, ask } = setUp();
    const first = ask();
    await settled();
    expect(flights.get('key')?.isSent).toBe(false);
    expect(await held.last.claim()).toBe(true);
    expect(flights.get('key')?.isSent).toBe(true);
    const second = ask();
    fleet.result = { value: 'of another' };
    await flights.get('key')?.lookAgain();
    held.end('of its own call');
    expect(await Promise.all([first.answer, second.answer])).toEqual(['of its own call', 'of its own call']);
  });

  it.each<[string, Elsewhere<string>, unknown]>([
    ['value', { value: 'of another' }, 'of another'],
    ['failure', { error: new RangeError('of another') }, new RangeError('of another')],
  ])("ends with another instance's %s, and sends nothing", async (_what, result, expected) => {
    const { flights, held, fleet, ask } = setUp();
    const callers = [ask(), ask()];
    await settled();
    let changes = 0;
    held.last.onChange(() => (changes += 1));
    fleet.result = result;
    expect(await held.last.claim()).toBe(false);
    expect(await Promise.all(callers.map(({ answer }) => answer))).toEqual([expected, expected]);
    // Whoever waits for a call on its behalf has to learn that it needs none.
    expect(held.last.isUnwanted).toBe(true);
    expect(changes).toBeGreaterThan(0);
    held.giveUp();
    await settled();
    expect(flights.get('key')).toBeUndefined();
  });

  it('ends as soon as it is told to look, while its call waits for its turn', async () => {
    const { flights, held, fleet, ask } = setUp();
    const waiting = ask();
    await settled();
    fleet.result = { value: 'of another' };
    await flights.get('key')?.lookAgain();
    expect(await waiting.answer).toBe('of another');
    held.giveUp();
  });

  it('sends nothing when everybody has hung up before its turn', async () => {
    const { held, ask } = setUp();
    const gone = ask();
    await settled();
    gone.hangUp();
    await gone.answer;
    expect(await held.last.claim()).toBe(false);
    held.giveUp();
  });

  it('is not joined after a purge when its call had left, and is when it had not', async () => {
    const { flights, held, ask } = setUp();
    const before = [ask({ key: 'sent' }), ask({ key: 'waiting' })];
    await settled();
    await held.starts[0]!.claim();
    flights.detachSent();
    const after = [ask({ key: 'sent' }), ask({ key: 'waiting' })];
    await settled();
    expect(held.starts.map(({ key }) => key)).toEqual(['sent', 'waiting', 'sent']);
    for (const value of ['old', 'shared', 'new']) held.end(value);
    const answers = await Promise.all([...before, ...after].map(({ answer }) => answer));
    expect(answers).toEqual(['old', 'shared', 'new', 'shared']);
    await settled();
    expect(flights.get('sent')).toBeUndefined();
  });
});
