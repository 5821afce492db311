import { afterEach } from '@jest/globals';

/**
 * Registers a hook in the `describe` block that calls it: after each test, the hook closes everything that the test
 * handed over, newest first.
 * @returns the function that hands a thing over and returns the same thing.
 */
export function useCleanUp(): <Thing>(thing: Thing, close: (thing: Thing) => Promise<unknown>) => Thing {
  const closing: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  return (thing, close) => {
    closing.push(() => close(thing));
    return thing;
  };
}
