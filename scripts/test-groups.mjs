// Writes a few files that each import many test files, so that a whole run loads the service a few times instead of once
// for each of a hundred files: Jest loads every module anew for every file. A run of chosen files (`npm test FILE`) has
// no groups. A test file must keep its hooks inside `describe`: a hook at the top level would run for all files of the
// group (test/architecture/test-files.test.ts).
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files that mostly wait. Each is a group of its own and begins first, while other groups work. */
const waiting = [
  'e2e/budget-fleet',
  'e2e/cache-fleet',
  'e2e/cache-fleet-redis',
  'e2e/redis-refusals',
  'e2e/cache-processes',
  'e2e/process',
];

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
    return evenly(files, count, (file) => statSync(join(tests, file)).size).map((members, index) => [
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

/** Shares the files out so that the groups are about equally large. */
function evenly(files, count, sizeOf) {
  const shares = Array.from({ length: count }, () => ({ size: 0, files: [] }));
  for (const file of files.sort((a, b) => sizeOf(b) - sizeOf(a) || (a < b ? -1 : 1))) {
    const smallest = shares.reduce((least, share) => (share.size < least.size ? share : least));
    smallest.files.push(file);
    smallest.size += sizeOf(file);
  }
  return shares.map((share) => share.files.sort());
}
