// One measurement of bench/honesty.mjs: `honesty-worker.mjs DIST hour|crowd SECONDS` prints JSON.
import { gatesCrowd } from '../support/gates-crowd.mjs';
import { gatesHour } from '../support/gates-hour.mjs';

const [dist, scenario, seconds] = process.argv.slice(2);
const result = scenario === 'hour' ? await gatesHour(dist, Number(seconds) * 1_000) : await gatesCrowd(dist);
process.stdout.write(JSON.stringify(result), () => process.exit(0));
