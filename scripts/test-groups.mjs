// Writes a few files that each import many test files, so that a whole run loads the service a few times instead of once
// for each of a hundred files: Jest loads every module anew for every file. A run of chosen files (`npm test FILE`) has
// no groups; a run of whole folders (`npm test unit`) has groups. A test file must keep its hooks inside `describe`: a
// hook at the top level would run for all files of the group (test/architecture/test-files.test.ts).
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * End-to-end files that mostly wait. Their groups begin in turn with the first groups that work. Tests that wait side by
 * side (`it.concurrent`) all begin with their group, so they are a group of their own, where no test measures rates.
 */
const waiting = {
  fleets: ['budget-fleet', 'cache-fleet', 'cache-fleet-redis', 'redis-refusals', 'rolling-upgrade', 'soak'],
  pages: ['console', 'console-troubles', 'docs-page'],
  processes: ['budget-partitions', 'bundle', 'cache-processes', 'process', 'process-shutdown'],
};

/**
 * Seconds of CPU of end-to-end files that take longer than their size says: they simulate hours, draw much, or start
 * programs.
 */
const secondsOf = {
  authentication: 7,
  'catalog-content': 6,
  'catalog-export': 7,
  'catalog-fleet': 9,
  'catalog-followers': 8,
  'catalog-idle': 5,
  'catalog-images': 6,
  'catalog-lag': 3,
  'catalog-lookup': 3,
  'catalog-openapi': 7,
  'catalog-purges': 12,
  'catalog-removed': 11,
  'catalog-retry-after': 9,
  'catalog-shifting': 5,
  'catalog-sync': 4,
  'catalog-topologies': 9,
  'catalog-young': 15,
  'ci-gate': 13,
  'ci-gate-answers': 6,
  'client-package': 11,
  clients: 6,
  'console-details': 12,
  'docs-snippets': 12,
  faults: 13,
  'merged-scans': 6,
  'odd-numbers': 4,
  'odd-rows': 4,
  redis: 6,
  'row-ages': 1,
  'shared-answers': 6,
  'wrong-clocks': 5,
};
/** What other files do in a second, as bytes of their text. */
const bytesInASecond = 10_000;

/** The number of groups for the other files of each folder. Each group costs seconds to load and to warm up. */
const groups = { e2e: 5, integration: 1, unit: 2, architecture: 1 };
/** The folders of tests that can be run by themselves. */
export const rooms = Object.keys(groups);

/**
 * @param chosen the folders whose files are run.
 * @returns the paths of the group files in `folder`, in the order in which they should begin.
 */
export function writeGroups(root, folder, chosen) {
  const tests = join(root, 'test');
  const idle = Object.entries(chosen.includes('e2e') ? waiting : {}).map(([name, files]) => [
    name,
    files.map((file) => `e2e/${file}.test.ts`),
  ]);
  const placed = new Set(idle.flatMap(([, files]) => files));
  const busy = chosen.flatMap((room) => {
    const count = groups[room];
    const files = readdirSync(join(tests, room), { recursive: true })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => `${room}/${file}`)
      .filter((file) => !placed.has(file));
    return evenly(files, count, (file) => secondsFor(join(tests, file), file)).map((members, index) => [
      `${room}-${index + 1}`,
      members,
    ]);
  });
  const inTurn = busy.flatMap((group, index) => [...idle.slice(index, index + 1), group]);
  return inTurn.map(([name, members], index) => {
    const file = join(folder, `${String(index).padStart(2, '0')}-${name}.test.ts`);
    writeFileSync(file, members.map((member) => `import '${join(tests, member)}';\n`).join(''));
    return file;
  });
}

function secondsFor(path, file) {
  return secondsOf[basename(file, '.test.ts')] ?? statSync(path).size / bytesInASecond;
}

/** Shares the files out so that the groups take about equally long. */
function evenly(files, count, secondsOfFile) {
  const shares = Array.from({ length: count }, () => ({ seconds: 0, files: [] }));
  for (const file of files.sort((a, b) => secondsOfFile(b) - secondsOfFile(a) || (a < b ? -1 : 1))) {
    const shortest = shares.reduce((least, share) => (share.seconds < least.seconds ? share : least));
    shortest.files.push(file);
    shortest.seconds += secondsOfFile(file);
  }
  return shares.map((share) => share.files.sort());
}
