import { Cluster, type Redis } from 'ioredis';

/** Breaks the connection, which is made anew when it is to `reconnect`. */
export function hangUp(redis: Redis | Cluster, reconnect = false): void {
  bearErrors(redis);
  redis.disconnect(reconnect);
}

/**
 * To be called before anything that may break a TLS handshake: its stream can fail twice (the certificate is not
 * trusted, and the server misses the end), but ioredis listens once, and the second error would end the process.
 */
export function bearErrors(redis: Redis | Cluster): void {
  const connections: { stream?: Redis['stream'] }[] = redis instanceof Cluster ? redis.nodes() : [redis];
  for (const { stream } of connections) stream?.on('error', () => undefined);
}
