import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { realProcess } from '../support/real-process.js';

// Node gives `gc` to contexts that are created after the flag is set.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use after garbage collection. */
export async function heapInUse(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    collect();
    // Finalizers and weak references take a turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return getHeapStatistics().used_heap_size;
}

/** The number of sockets, servers and the like that this process holds open, without timers. */
export function openHandles(): number {
  return realProcess.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout' && kind !== 'Immediate')
    .length;
}

/** Collects warnings of Node, such as a warning of too many listeners. */
export function watchWarnings(): { stop(): string[] } {
  const warnings: string[] = [];
  const note = ({ name, message }: Error) => {
    // Jest causes this warning itself, with the modules in which it runs tests.
    if (name !== 'ExperimentalWarning') warnings.push(`${name}: ${message}`);
  };
  realProcess.on('warning', note);
  return {
    stop() {
      realProcess.off('warning', note);
      return warnings;
    },
  };
}
