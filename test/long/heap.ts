import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { realProcess } from '../support/real-process.js';

// Node hands `gc` to contexts that are made after the flag was set.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use after everything that nobody holds was given back. */
export async function heapInUse(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    collect();
    // Finalizers and weak references take a turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return getHeapStatistics().used_heap_size;
}

/** Sockets, servers and the like that this process holds open; not timers. */
export function openHandles(): number {
  return realProcess.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout' && kind !== 'Immediate')
    .length;
}

/** Warnings of Node, such as of too many listeners. */
export function watchWarnings(): { stop(): string[] } {
  const warnings: string[] = [];
  const note = ({ name, message }: Error) => {
    // Jest's own, of the modules that it runs tests in.
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
