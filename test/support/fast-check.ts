/**
 * fast-check with the same draws in each run: a run must not fail by what it drew. `FAST_CHECK_SEED` draws others; `npm
 * run check:long` does so in each run, and a failure tells the seed.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['FAST_CHECK_SEED'] ?? 1) });

export default fc;
