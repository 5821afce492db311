import { createServer } from 'node:net';

/**
 * Systems take the port of a connection, and the port of a server that asks for any, from 32768 upwards. A port below
 * stays free until its owner listens there. A node of a Redis cluster also listens 10000 ports higher.
 */
const lowestPort = 10_000;
const portsOfAWorker = 1_000;
const workers = 10;

/** The port that this process tries next, counted from the first of its worker. */
let next = process.pid;

/** A port of 127.0.0.1 where no server listens, and that no other test worker takes in the meantime. */
export async function unusedPort(): Promise<number> {
  const worker = Number(process.env['JEST_WORKER_ID'] ?? 0) % workers;
  for (let tried = 0; tried < portsOfAWorker; tried += 1) {
    next += 1;
    const port = lowestPort + worker * portsOfAWorker + (next % portsOfAWorker);
    if (await isFree(port)) return port;
  }
  throw new Error('all ports are taken');
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** A port that refuses every connection: no test gets a port below 1024. */
export const refusingPort = 1;
