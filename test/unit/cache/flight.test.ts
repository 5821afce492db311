import { describe, expect, it } from '@jest/globals';
import type { Elsewhere } from '../../../src/cache/flight.js';
import { settled } from '../../support/cache-reading.js';
import { setUpFlights } from '../../support/flights.js';

describe('a flight and the results of other instances', () => {
  it('sends its call without a result of the fleet, and can still be joined', async () => {
    const { flights, held, fleet, ask } = setUpFlights();
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
    const { flights, held, fleet, ask } = setUpFlights();
    const callers = [ask(), ask()];
    await settled();
    let changes = 0;
    held.last.onChange(() => (changes += 1));
    fleet.result = result;
    expect(await held.last.claim()).toBe(false);
    expect(await Promise.all(callers.map(({ answer }) => answer))).toEqual([expected, expected]);
    // The call budget must learn that the load needs no call.
    expect(held.last.isUnwanted).toBe(true);
    expect(changes).toBeGreaterThan(0);
    held.giveUp();
    await settled();
    expect(flights.get('key')).toBeUndefined();
  });

  it('ends with a result that arrives while its call waits', async () => {
    const { flights, held, fleet, ask } = setUpFlights();
    const waiting = ask();
    await settled();
    fleet.result = { value: 'of another' };
    await flights.get('key')?.lookAgain();
    expect(await waiting.answer).toBe('of another');
    held.giveUp();
  });

  it('sends no call when all callers have hung up', async () => {
    const { held, ask } = setUpFlights();
    const gone = ask();
    await settled();
    gone.hangUp();
    await gone.answer;
    expect(await held.last.claim()).toBe(false);
    held.giveUp();
  });

  it('is joined after a purge only if its call has not left', async () => {
    const { flights, held, ask } = setUpFlights();
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
