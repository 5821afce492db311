/**
 * The entry of the process. Loading the service takes seconds, and a process with the id 1, as in a container without
 * an init, ignores every signal that it has no handler for. So this file sets the handlers first, and imports nothing
 * before.
 */
let handle: (signal: NodeJS.Signals) => void = () => process.exit(0);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => handle(signal));

const { runService } = await import('./service.js');
await runService((stop) => (handle = stop));
