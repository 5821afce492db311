import { AsyncLocalStorage } from 'node:async_hooks';
import vm from 'node:vm';
import NodeEnvironment from 'jest-environment-node';

const { createContext } = vm;

/** The storages that follow the tests of the present file. */
const following = new Set();
const { run } = AsyncLocalStorage.prototype;
AsyncLocalStorage.prototype.run = function (...args) {
  following.add(this);
  return run.apply(this, args);
};

/** Jest's own environment, without three costs that it adds to all code of the service on Node 20. */
export default class extends NodeEnvironment {
  constructor(...args) {
    // In Jest's context each use of a global, such as `Array` or `JSON`, asks a proxy and takes fifty times as long. A
    // context that Node does not contextify has plain globals, as a process has.
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...args);
    } finally {
      vm.createContext = createContext;
    }
    // Jest's copy of `process` builds this set anew at each access, and axios reads it at each call.
    const value = process.allowedNodeEnvironmentFlags;
    Object.defineProperty(this.global.process, 'allowedNodeEnvironmentFlags', { value });
  }

  /** Jest follows the promises of a file's tests and never stops, so each file would slow down all later files. */
  async teardown() {
    await super.teardown();
    for (const storage of following) storage.disable();
    following.clear();
  }
}
