import { Cluster, type Redis } from 'ioredis';

/** Breaks the connection. @param reconnect makes a new connection afterwards. */
export function hangUp(redis: Redis | Cluster, reconnect = false): void {
  ignoreStreamErrors(redis);
  redis.disconnect(reconnect);
}

/**
 * To be called before any step that may break a TLS handshake. The stream of a handshake can fail twice: the
 * certificate is not trusted, and the server closes without an end. ioredis listens for one error only, so the
 * second error would end the process.
 */
export function ignoreStreamErrors(redis: Redis | Cluster): void {
  const connections: { stream?: Redis['stream'] }[] = redis instanceof Cluster ? redis.nodes() : [redis];
  for (const { stream } of connections) stream?.on('error', () => undefined);
}
