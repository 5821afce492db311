import { describe, expect, it } from '@jest/globals';
import { decodeMessage, encodeMessage, type FleetMessage } from '../../../src/cache/fleet-messages.js';

describe('a message of the fleet', () => {
  it.each<[FleetMessage]>([
    [['stored', 'hash', 5]],
    [['failed', 'hash', 'text', 2, 99.5]],
    [['purged', 'all', 1_800_000_000_000]],
    [['heard', 3, 'i0']],
    [['here', 0, 'i0']],
    [['told', 'text', 'i0']],
  ])('is read back: %j', (message) => {
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
  });

  it('can have further elements, which a later release adds', () => {
    expect(decodeMessage('["stored","hash",5,"later"]')).toEqual(['stored', 'hash', 5, 'later']);
  });

  it.each([
    'garbage',
    '{}',
    '[]',
    '["later","hash",5]',
    '["toString","hash",5]',
    '["stored","hash"]',
    '["stored","hash","5"]',
    '["stored","hash",null]',
    '["purged","all","x"]',
    '["purged","all",-1]',
    '["failed","hash","text",null,100]',
    '["failed","hash","text",1]',
    '["heard","3","i0"]',
  ])('is none: %s', (text) => {
    expect(decodeMessage(text)).toBeUndefined();
  });
});
