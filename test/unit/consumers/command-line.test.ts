// What the command for consumers refuses, since it would ignore it or write what nobody meant.
import { describe, expect, it } from '@jest/globals';
import { run } from '../../../src/consumers/cli/command.js';
import { emptyFile } from '../../../src/consumers/cli/edit.js';
import { sealingKey } from '../../../src/consumers/sealed-secret.js';

const now = Date.UTC(2026, 0, 10, 12);
const masterKeys = [sealingKey('the master key of these tests 0001')];
const known = 'consumers:\n  - id: a\n    scopes: [ read ]\n';
const does = (args: string[], text = known) => run(args, text, now, masterKeys);

describe('the command line for consumers', () => {
  it.each([
    ['add b --expires 2026-01-09', '--expires is in the past'],
    ['add b --expires 2026-01-10T12:00:00Z', '--expires is in the past'],
    ['add b --expires 2026-01-10T13:00:00+01:00', '--expires is in the past'],
    ['add b --expires 0000-01-01', '--expires is in the past'],
    ['add b --expires 2026-02-30', '--expires must be a day of the calendar'],
    ['add b --expires 2027-13-01', '--expires must be a day of the calendar'],
    ['add b --expires 0', '--expires must be a day of the calendar'],
    ['add b --expires 10000-01-01', '--expires must be a day of the calendar'],
    ['add b --expires 31.01.2027', '--expires must be a day of the calendar'],
    ['add b --expires=', '--expires must be a day of the calendar'],
    ['rotate a --expires 2026-01-09', '--expires is in the past'],
    ['rotate a --old-until 2026-01-09', '--old-until is in the past: revoke'],
    ['rotate a --old-until 2026-02-30', '--old-until must be a day of the calendar'],
    ['rotate a --old-until 0', '--old-until must be a day of the calendar'],
    ['add b --expires 2027-01-31 --expires 2028-01-31', '--expires is given twice'],
    ['rotate a --old-until 2027-01-31 --old-until 2028-01-31', '--old-until is given twice'],
    ['revoke a --key 01234567 --key 89abcdef', '--key is given twice'],
    ['add b --sdk --sdk', '--sdk is given twice'],
    ['add b --old-until 2027-01-31', 'add takes no --old-until'],
    ['add b --key 01234567', 'add takes no --key'],
    ['rotate a --scope hss', 'rotate takes no --scope'],
    ['rotate a --namespace x', 'rotate takes no --namespace'],
    ['revoke a --expires 2027-01-31', 'revoke takes no --expires'],
    ['list --scope read', 'list takes no --scope'],
    ['check --sdk', 'check takes no --sdk'],
    ['reseal --key 01234567', 'reseal takes no --key'],
    ['list a', 'too many arguments'],
    ['check a', 'too many arguments'],
    ['reseal a', 'too many arguments'],
    ['add b --color', "Unknown option '--color'"],
    ['add b --expires', 'argument missing'],
    ['add b --scope --sdk', 'ambiguous'],
    ['add b --sdk=yes', 'does not take an argument'],
    ['add b --scope=', '--scope must be words'],
    ['add b --scope read,,hosts', '--scope must be words'],
    ['add b --scope read,hss --namespace=', 'namespaces must be a list'],
    ['', 'There is no command'],
    ['ad b', 'There is no command ad'],
    ['constructor b', 'There is no command constructor'],
  ])('is refused: %s', (line, why) =>
    expect(() => does(line.split(' ').filter((word) => word !== ''))).toThrow(why),
  );

  it.each(['add', 'rotate', 'revoke'])('has no empty name: %s', (command) =>
    expect(() => does([command, ''])).toThrow('The name of the consumer is missing'),
  );

  it.each([
    ['add b --expires 2026-01-10', 'expires: 2026-01-10'],
    ['add b --expires 2026-01-10T12:00:01Z', 'expires: 2026-01-10T12:00:01Z'],
    ['add b --expires 9999-12-31', 'expires: 9999-12-31'],
    ['add b --scope read,hosts --scope hosts', '- read\n      - hosts\n'],
    ['add b --namespace x,y --namespace x', 'namespaces:\n      - x\n      - y\n'],
  ])('is carried out: %s', (line, written) => {
    const { file = '' } = does(line.split(' '));
    expect(file).toContain(written);
    expect(file.split('- hosts\n').length + file.split('- x\n').length).toBeLessThanOrEqual(3);
  });

  it('lists the end of the last year as a time of RFC 3339', () => {
    const { file } = does('add b --expires 9999-12-31'.split(' '), emptyFile);
    expect(does(['list'], file).shown).toContain(' until 9999-12-31T23:59:59.999Z');
  });
});
