/**
 * The connections of ioredis, watched for as long as they live. A TLS handshake can fail twice: the certificate is not
 * trusted, and then the server breaks the connection. ioredis listens for one error only, so the second would end the
 * process. And where ioredis looks for a master or for slots, it passes on no reason at all.
 */
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, SentinelConnector, type RedisOptions } from 'ioredis';

type Connector = NonNullable<RedisOptions['Connector']>;
type Stream = Awaited<ReturnType<AbstractConnector['connect']>>;
type ErrorEmitter = Parameters<AbstractConnector['connect']>[0];

/** A server that expects TLS ends a connection without TLS like this. */
const endedUnanswered = 'The server closed the connection without an answer; it may expect TLS';

/** What a server says before it closes a connection that it does not want, such as in protected mode: the first clause. */
const refusal = /^-DENIED ([^,.\r]*)/;

/** Makes connectors, and keeps the last error of all their connections. */
export class GuardedConnectors {
  /** Undefined once a connection has brought data. */
  last: Error | undefined;
  /** For one server, and for the nodes of a cluster. */
  readonly direct: Connector;
  /** For the master that sentinels name. */
  readonly bySentinels: Connector;

  constructor() {
    const guard = (stream: Stream) => {
      let refused: Error | undefined;
      return stream
        .on('error', (error: Error) => (this.last = refused ?? error))
        .once('data', (data: Buffer | string) => {
          const [, words] = refusal.exec(data.toString()) ?? [];
          this.last = refused = words === undefined ? undefined : new Error(words);
        })
        .once('end', () => {
          if (stream.bytesRead === 0) this.last = new Error(endedUnanswered);
        });
    };
    const direct = class extends DirectConnector {
      override async connect(): Promise<Stream> {
        return guard(await super.connect());
      }
    } as Connector;
    this.direct = direct;
    this.bySentinels = class extends SentinelConnector {
      constructor(options: ConstructorParameters<typeof SentinelConnector>[0]) {
        super(options);
        // ioredis has no option for the connections to the sentinels themselves.
        const seam = this as unknown as { connectToSentinel(endpoint: object, options?: object): unknown };
        const connectToSentinel = seam.connectToSentinel.bind(this);
        seam.connectToSentinel = (endpoint, options) =>
          connectToSentinel(endpoint, { ...options, Connector: direct });
      }

      override async connect(emit: ErrorEmitter): Promise<Stream> {
        return guard(await super.connect(emit));
      }
    } as Connector;
  }
}

/** Connects as ioredis does by itself; ioredis does not export its own class. */
class DirectConnector extends AbstractConnector {
  constructor(private readonly options: RedisOptions) {
    super(options.disconnectTimeout ?? 0);
  }

  connect(): Promise<Stream> {
    this.connecting = true;
    return new Promise((resolve, reject) => {
      process.nextTick(() => {
        if (!this.connecting) {
          reject(new Error('Connection is closed.'));
          return;
        }
        const { host = '127.0.0.1', port = 6379, tls } = this.options;
        this.stream = tls ? connectTls({ host, port, ...tls }) : connectTcp({ host, port });
        this.stream.once('error', (error: Error) => (this.firstError = error));
        resolve(this.stream);
      });
    });
  }
}
