import { randomUUID } from 'node:crypto';

/** Stands between the name and the random part. No name contains it. */
const divider = '~';

/** The id of this process in the fleet: its name, if it has one, and a random part. */
export function newInstanceId(name?: string): string {
  const random = randomUUID().slice(0, 8);
  return name === undefined ? random : `${name}${divider}${random}`;
}

/** Whether both processes have the same name, so that one has replaced the other. */
export function isSuccessor(instance: string, of: string): boolean {
  const [name, random] = instance.split(divider);
  const [former] = of.split(divider);
  return random !== undefined && name === former && instance !== of;
}
