import { AsyncLocalStorage } from 'node:async_hooks';
import NodeEnvironment from 'jest-environment-node';

/** Those that follow the tests of the present file. */
const following = new Set();
const { run } = AsyncLocalStorage.prototype;
AsyncLocalStorage.prototype.run = function (...args) {
  following.add(this);
  return run.apply(this, args);
};

/** Jest's own, without two costs that it adds to every call of the service on Node 20. */
export default class extends NodeEnvironment {
  constructor(...args) {
    super(...args);
    // Jest's copy of `process` makes this set anew at each look, and axios looks at each call.
    const value = process.allowedNodeEnvironmentFlags;
    Object.defineProperty(this.global.process, 'allowedNodeEnvironmentFlags', { value });
  }

  /** Jest follows the tests of a file through their promises and never stops: each file slowed down all after it. */
  async teardown() {
    await super.teardown();
    for (const storage of following) storage.disable();
    following.clear();
  }
}
