import { createServer } from 'node:net';

/** A port of 127.0.0.1 where no server listens. */
export async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * A port that refuses every connection. It lies outside the range from which systems take free ports, so no other test
 * gets it in the meantime.
 */
export const refusingPort = 1;
