import { it } from '@jest/globals';
import { neverSees, sameWork } from '../long/isolation.js';
import { table } from '../long/findings.js';
import { writeFileSync } from 'node:fs';
it('x', async () => {
  writeFileSync('/tmp/ns-iso-work.txt', table('w', await sameWork(4000)));
  writeFileSync('/tmp/ns-iso-sees.txt', table('s', await neverSees(3000, 99)));
}, 900_000);
