import { describe, expect, it } from '@jest/globals';
import { SingleFlight } from '../../../src/cache/single-flight.js';
import { Deadline, DeadlineExceeded, type LoadLife } from '../../../src/resilience/deadline.js';
import { TestClock } from '../../support/test-clock.js';

const loadMs = 15_000;
const patient = () => new AbortController().signal;

function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A load that ends when the test says so, and that remembers how often it was started, and with what life. */
class HeldLoad {
  readonly lives: LoadLife[] = [];
  readonly #ends: { resolve: (value: string) => void; reject: (error: unknown) => void }[] = [];

  readonly load = (life: LoadLife): Promise<string> => {
    this.lives.push(life);
    return new Promise((resolve, reject) => this.#ends.push({ resolve, reject }));
  };

  end(value: string): void {
    this.#ends.shift()!.resolve(value);
  }

  fail(error: unknown): void {
    this.#ends.shift()!.reject(error);
  }

  /** As a load does that has not sent anything yet when nobody wants it any more. */
  giveUp(): void {
    this.fail(this.lives.at(-1)!.unwanted.reason);
  }
}

function setUp() {
  const clock = new TestClock();
  const flights = new SingleFlight(clock, loadMs);
  const held = new HeldLoad();
  const run = (signal = patient()) => flights.run('key', held.load, signal);
  return { clock, flights, held, run };
}

describe('single flight', () => {
  it('shares one load among all who ask meanwhile, and starts anew afterwards', async () => {
    const { flights, held, run } = setUp();
    const callers = Promise.all([run(), run(), run()]);
    expect(flights.isRunning('key')).toBe(true);
    held.end('one');
    expect(await callers).toEqual(['one', 'one', 'one']);
    expect(held.lives).toHaveLength(1);
    expect(flights.isRunning('key')).toBe(false);
    const next = run();
    held.end('two');
    expect(await next).toBe('two');
  });

  it('shares a failure too, and does not remember it', async () => {
    const { held, run } = setUp();
    const callers = Array.from({ length: 20 }, () => run().catch((error: unknown) => error));
    const failure = new Error('HSS is down');
    held.fail(failure);
    expect(new Set(await Promise.all(callers))).toEqual(new Set([failure]));
    expect(held.lives).toHaveLength(1);
    const next = run();
    held.end('up again');
    expect(await next).toBe('up again');
  });

  it('keeps keys apart', async () => {
    const { flights, held } = setUp();
    const both = Promise.all([
      flights.run('a', held.load, patient()),
      flights.run('b', held.load, patient()),
    ]);
    held.end('a');
    held.end('b');
    expect(await both).toEqual(['a', 'b']);
  });

  it('goes on for the others when a waiter leaves', async () => {
    const { held, run } = setUp();
    const leaving = new AbortController();
    const gone = run(leaving.signal);
    const stays = run();
    leaving.abort(new Error('gone'));
    await expect(gone).rejects.toThrow('gone');
    expect(held.lives[0]?.unwanted.aborted).toBe(false);
    held.end('value');
    expect(await stays).toBe('value');
  });

  it('tells a load when its last waiter has left, and does not break it off', async () => {
    const { flights, held, run } = setUp();
    const leaving = new AbortController();
    const all = [run(leaving.signal), run(leaving.signal)].map((caller) => caller.catch(() => 'left'));
    leaving.abort(new Error('gone'));
    expect(await Promise.all(all)).toEqual(['left', 'left']);
    expect(held.lives[0]).toMatchObject({ unwanted: { aborted: true }, deadline: { aborted: false } });
    expect(flights.isRunning('key')).toBe(true);
    held.end('for whoever asks next');
  });

  it('gives one who comes after that the result of a load that went on', async () => {
    const { held, run } = setUp();
    const leaving = new AbortController();
    const gone = run(leaving.signal).catch(() => 'left');
    leaving.abort(new Error('gone'));
    await gone;
    const late = run();
    held.end('value');
    expect(await late).toBe('value');
    expect(held.lives).toHaveLength(1);
  });

  it('starts a new load for those who come after that when the old one is given up', async () => {
    const { held, run } = setUp();
    const leaving = new AbortController();
    const gone = run(leaving.signal).catch(() => 'left');
    leaving.abort(new Error('gone'));
    await gone;
    const late = Promise.all([run(), run()]);
    held.giveUp();
    await settled();
    expect(held.lives).toHaveLength(2);
    held.end('value');
    expect(await late).toEqual(['value', 'value']);
  });

  it('does not start anything for a caller whose time is over already', async () => {
    const { held, run } = setUp();
    await expect(run(AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
    expect(held.lives).toHaveLength(0);
  });

  it("ends a load at the load's own deadline, even one that does not listen", async () => {
    const { clock, held, flights } = setUp();
    const deadline = new Deadline(clock, loadMs);
    const caller = flights.run('key', held.load, deadline.signal);
    const failed = expect(caller).rejects.toBeInstanceOf(DeadlineExceeded);
    clock.advance(loadMs);
    await failed;
    expect(held.lives[0]?.deadline.aborted).toBe(true);
    expect(flights.isRunning('key')).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives one who joined an old load its own full time', async () => {
    const { clock, held, run } = setUp();
    const first = new Deadline(clock, loadMs);
    const impatient = run(first.signal).catch((error: unknown) => error);
    clock.advance(loadMs - 1_000);
    const second = new Deadline(clock, loadMs);
    const late = run(second.signal);
    clock.advance(1_000);
    expect(await impatient).toBeInstanceOf(DeadlineExceeded);
    await settled();
    expect(held.lives).toHaveLength(2);
    held.fail(new Error('of the first load, which nobody waits for'));
    held.end('value');
    expect(await late).toBe('value');
    second.end(new DeadlineExceeded());
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves no timer behind', async () => {
    const { clock, held, run } = setUp();
    const caller = run();
    held.end('value');
    await caller;
    expect(clock.pendingTimers).toBe(0);
  });
});
