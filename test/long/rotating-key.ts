/** A consumer of the consumers file whose key is rotated while instances serve, as an operator does it. */
import { entry, fileOf, MountedFile, sha256 } from '../support/consumers.js';
import { until } from '../support/until.js';
import type { Member } from './fleet.js';

/** Instances look at the file every 5 s. */
const inForceWithinMs = 60_000;

export class RotatingKey {
  #turn = 0;
  readonly #file = new MountedFile(fileWith(0));

  get path(): string {
    return this.#file.path;
  }

  get current(): string {
    return keyOf(this.#turn);
  }

  /** Whether the key was withdrawn. A request under way may meet that. */
  isFormer(key: string): boolean {
    return key.startsWith('soak-file-key-') && key !== this.current;
  }

  /** First a file that is no YAML, which changes nothing; then the next key beside the present one; then only the next. */
  async rotate(members: readonly Member[]): Promise<void> {
    const [former, next] = [this.#turn, this.#turn + 1];
    this.#file.write('consumers: [');
    await all(members, async ({ url }) =>
      (await (await fetch(`${url}/health`)).text()).includes('consumers-file'),
    );
    await all(members, accepts(former));
    this.#file.write(fileWith(former, next));
    await all(members, accepts(next));
    this.#turn = next;
    this.#file.write(fileWith(next));
    await all(members, async (member) => !(await accepts(former)(member)));
  }

  close(): void {
    this.#file.close();
  }
}

const keyOf = (turn: number) => `soak-file-key-${String(turn).padStart(6, '0')}`;

const fileWith = (...turns: number[]) =>
  fileOf(
    entry('soak', {
      keys: turns.map((turn) => ({ sha256: sha256(keyOf(turn)) })),
      scopes: ['read', 'hosts'],
    }),
  );

/** Resolves when something holds for each instance. */
function all(members: readonly Member[], holds: (member: Member) => Promise<boolean>): Promise<void> {
  return until(async () => (await Promise.all(members.map(holds))).every(Boolean), inForceWithinMs);
}

const accepts =
  (turn: number) =>
  async ({ url }: Member): Promise<boolean> => {
    const answer = await fetch(`${url}/v1/me`, { headers: { 'X-API-Key': keyOf(turn) } });
    await answer.arrayBuffer();
    return answer.status === 200;
  };
