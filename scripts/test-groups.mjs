// Writes a few files that each import many test files, so that a whole run loads the service a few times instead of once
// for each of a hundred files: Jest loads every module anew for every file. A run of chosen files (`npm test FILE`) has
// no groups. A test file must keep its hooks inside `describe`: a hook at the top level would run for all files of the
// group (test/architecture/test-files.test.ts).
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files that mostly wait. Each is a group of its own and begins first, while other groups work. */
const waiting = [
  'e2e/budget-partitions',
  'e2e/docs-page',
  'e2e/console',
  'e2e/console-troubles',
  'e2e/budget-fleet',
  'e2e/cache-fleet',
  'e2e/cache-fleet-redis',
  'e2e/redis-refusals',
  'e2e/cache-processes',
  'e2e/process',
  'e2e/process-shutdown',
  'e2e/rolling-upgrade',
  'e2e/soak',
];

/** Seconds of CPU of the files that take far longer than their size says: they simulate hours, or draw much. */
const secondsOf = {
  'e2e/catalog-fleet': 14,
  'e2e/catalog-idle': 5,
  'e2e/catalog-lag': 4,
  'e2e/catalog-openapi': 8,
  'e2e/catalog-purges': 15,
  'e2e/catalog-removed': 16,
  'e2e/catalog-shifting': 8,
  'e2e/catalog-topologies': 8,
  'e2e/catalog-young': 15,
  'e2e/fuzzed-requests': 4,
  'e2e/int64': 9,
  'e2e/merged-failures': 8,
  'e2e/odd-rows': 10,
  'unit/budget/histories': 4,
  'unit/catalog/index/forgotten-words': 5,
};
/** What other files do in a second, as bytes of their text. */
const bytesInASecond = 3_200;

/** The number of groups for the other files of each folder. */
const groups = { e2e: 8, integration: 2, unit: 2, architecture: 1 };

/** @returns the paths of the group files in `folder`, in the order in which they should begin. */
export function writeGroups(root, folder) {
  const tests = join(root, 'test');
  const alone = waiting.map((name) => [name.replace('/', '-'), [`${name}.test.ts`]]);
  const shared = Object.entries(groups).flatMap(([room, count]) => {
    const files = readdirSync(join(tests, room), { recursive: true })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => `${room}/${file}`)
      .filter((file) => !waiting.some((name) => file === `${name}.test.ts`));
    return evenly(files, count, (file) => secondsFor(join(tests, file), file)).map((members, index) => [
      `${room}-${index + 1}`,
      members,
    ]);
  });
  return [...alone, ...shared].map(([name, members], index) => {
    const file = join(folder, `${String(index).padStart(2, '0')}-${name}.test.ts`);
    writeFileSync(file, members.map((member) => `import '${join(tests, member)}';\n`).join(''));
    return file;
  });
}

function secondsFor(path, file) {
  return secondsOf[file.replace('.test.ts', '')] ?? statSync(path).size / bytesInASecond;
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
