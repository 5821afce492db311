// One measurement of bench/catalog.mjs: `catalog-worker.mjs index|libsql IMAGES` prints JSON.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { catalogOf, digestOf } from '../support/catalog-data.mjs';
import { readBase, writeBase } from '../support/catalog-log.mjs';
import { questions, questionsOfBounded } from '../support/catalog-questions.mjs';
import { startRedis } from '../support/redis.mjs';

export const catalogTargets = { questionMs: 20, boundedMs: 50, rssMiB: 450, loadMs: 3_000, refsMs: 10 };

/** Fewer rounds would make the slowest round the p99. */
const rounds = 200;
const warmUps = 20;
const rssMiB = () => Math.round(process.memoryUsage().rss / 2 ** 20);
const round = (ms) => Number(ms.toFixed(2));
const quantile = (times, share) =>
  round(times.sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))]);

/** Calls `ask` some times to warm up, and `rounds` times to measure. */
async function time(ask, delay) {
  for (let turn = 0; turn < warmUps; turn += 1) await ask(1_000 + turn);
  delay?.reset();
  const times = [];
  let answer;
  // CPU time beside the time: on a shared machine other processes take part of the time.
  const cpu = process.cpuUsage();
  for (let turn = 0; turn < rounds; turn += 1) {
    const startedAt = performance.now();
    answer = await ask(turn);
    times.push(performance.now() - startedAt);
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    cpuMs: round((user + system) / 1_000 / rounds),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    ...(delay && { eventLoopMax: round(delay.max / 1e6) }),
    found: answer?.total ?? '',
  };
}

async function measureIndex(images) {
  const { CatalogIndex } = await import('../../dist/catalog/index/catalog-index.js');
  const { systemClock } = await import('../../dist/time/clock.js');
  const redis = await startRedis();
  const port = Number(new URL(redis.url).port);
  const { writeMs, release } = await writeBase(images, port);
  await release();
  const index = await CatalogIndex.open({ clock: systemClock });
  const before = rssMiB();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const base = await readBase(port);
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  delay.enable();
  await index.load(base.epoch, base.snapshot, base.summary);
  const loadMs = Math.round(performance.now() - startedAt);
  delay.disable();
  const { user, system } = process.cpuUsage(cpu);
  await base.close();
  await redis.stop();
  const whole = {
    images,
    loadMs,
    loadCpuMs: Math.round((user + system) / 1_000),
    'base written in ms': writeMs,
    'base MiB': Math.round(base.bytes / 2 ** 20),
  };
  whole['event loop while loading, p99'] = round(delay.percentile(99) / 1e6);
  whole['max'] = round(delay.max / 1e6);
  whole.rssAfterLoad = rssMiB();
  global.gc();
  delay.enable();
  const asked = {};
  for (const [question, ask] of Object.entries(questions))
    asked[question] = await time((turn) => ask(index, turn), delay);
  const { Namespaces } = await import('../../dist/domain/namespaces.js');
  const { serviceItself } = await import('../../dist/catalog/model/asker.js');
  const bounded = {};
  for (const pattern of ['team-1*', '*']) {
    const asker = { ...serviceItself, namespaces: new Namespaces([pattern]) };
    for (const [question, ask] of Object.entries(questionsOfBounded(asker)))
      bounded[`${question}, namespaces ${pattern}`] = await time((turn) => ask(index, turn), delay);
  }
  const refs = await time((turn) =>
    Promise.resolve(
      Array.from({ length: 100 }, (_, nth) =>
        index.keysOf(`sha256:${digestOf((turn * 100 + nth) % images)}`).map((key) => index.whole(key)),
      ),
    ),
  );
  const point = await time((turn) =>
    Promise.resolve(index.keysOf(digestOf(turn)).map((key) => index.whole(key))),
  );
  Object.assign(whole, { 'one image p50': point.p50, '100 refs p50': refs.p50, '100 refs p99': refs.p99 });
  Object.assign(whole, await measureStream(index));
  whole.rssBefore = before;
  whole.rssAtEnd = rssMiB();
  await index.close();
  return { ...whole, questions: asked, bounded };
}

async function measureStream(index) {
  const startedAt = performance.now();
  const rssBefore = rssMiB();
  let [first, most, count] = [0, 0, 0];
  for await (const batch of await index.stream({}, 'known', index.version)) {
    first ||= performance.now() - startedAt;
    count += batch.length;
    most = Math.max(most, rssMiB());
  }
  return {
    'stream first batch ms': Math.round(first),
    'stream ms': Math.round(performance.now() - startedAt),
    'stream rss growth': most - rssBefore,
    streamed: count,
  };
}

/** The same tables in libsql, a fork of SQLite: indexes instead of scans, and synchronous, so on the event loop. */
async function measureLibsql(images) {
  const { default: Database } = await import('libsql');
  const db = new Database(':memory:');
  const before = rssMiB();
  db.exec(`
    CREATE TABLE images(num INTEGER PRIMARY KEY, serial INTEGER, content INTEGER, severity TEXT, rank INTEGER,
      vulnerabilities INTEGER, size_bytes INTEGER, scanned_at INTEGER);
    CREATE TABLE names(num INTEGER, namespace TEXT, name TEXT, tag TEXT, folded TEXT);
    CREATE TABLE presences(num INTEGER, host TEXT);
    CREATE TABLE files(file INTEGER PRIMARY KEY, path TEXT, name TEXT);
    CREATE TABLE image_files(content INTEGER, file INTEGER);`);
  const rank = { none: 1, low: 2, medium: 3, high: 4 };
  const insert = Object.fromEntries(
    Object.entries({ images: 8, names: 5, presences: 2, files: 3, image_files: 2 }).map(
      ([table, columns]) => [
        table,
        db.prepare(`INSERT INTO ${table} VALUES (${Array(columns).fill('?').join(',')})`),
      ],
    ),
  );
  const files = new Map();
  let loadMs = 0;
  for await (const { images: documents, contents } of catalogOf(images)) {
    const startedAt = performance.now();
    db.exec('BEGIN');
    const contentOf = new Map(contents.map((content) => [content.key, content]));
    for (const { key, serial, entries, onHosts } of documents) {
      const { row } = entries[0];
      const content = contentOf.get(key);
      const { vulnerabilities } = row.findingCounts;
      const scannedAt = row.scan.scannedAt && Date.parse(row.scan.scannedAt);
      insert.images.run(
        serial,
        serial,
        content ? serial : 0,
        row.severity,
        rank[row.severity] ?? null,
        vulnerabilities,
        row.sizeBytes,
        scannedAt,
      );
      for (const { namespace = null, name, tag } of [row, onHosts[0].row])
        insert.names.run(serial, namespace, name, tag, `${namespace} ${name} ${tag}`.toLowerCase());
      for (const { row: local } of onHosts) insert.presences.run(serial, local.host.hostId);
      for (const { path, name } of content?.files?.rows ?? []) {
        const word = `${path}\0${name}`;
        if (!files.has(word)) {
          files.set(word, files.size + 1);
          insert.files.run(files.size, path, name);
        }
        insert.image_files.run(serial, files.get(word));
      }
    }
    db.exec('COMMIT');
    loadMs += performance.now() - startedAt;
  }
  const startedAt = performance.now();
  db.exec(`
    CREATE INDEX by_risk ON images(rank DESC, vulnerabilities DESC, serial);
    CREATE INDEX by_num ON names(num); CREATE INDEX by_namespace ON names(namespace);
    CREATE INDEX by_host ON presences(host); CREATE INDEX by_image ON presences(num);
    CREATE INDEX by_file ON image_files(file); ANALYZE;`);
  const whole = { engine: 'libsql', images, loadMs: Math.round(loadMs + performance.now() - startedAt) };
  whole.rssOfTables = rssMiB() - before;
  const order = 'ORDER BY rank DESC, vulnerabilities DESC, serial LIMIT 50';
  const page = (condition) => {
    const rows = db.prepare(`SELECT num FROM images WHERE ${condition} ${order}`);
    const total = db.prepare(`SELECT count(*) AS total FROM images WHERE ${condition}`);
    return (...values) => ({ rows: rows.all(...values), ...total.get(...values) });
  };
  const [high, namespaced, text, file] = [
    page(`severity = 'high' AND vulnerabilities >= ?`),
    page('num IN (SELECT num FROM names WHERE namespace = ?)'),
    page('num IN (SELECT num FROM names WHERE instr(folded, ?))'),
    page(
      `content IN (SELECT content FROM image_files WHERE file IN (SELECT file FROM files WHERE instr(name, ?)))`,
    ),
  ];
  const deep = db.prepare('SELECT num FROM images ORDER BY size_bytes DESC, serial LIMIT 50 OFFSET ?');
  const hosts = db.prepare(`SELECT host, count(*) AS n FROM presences WHERE num IN
    (SELECT num FROM images WHERE severity = 'high' AND vulnerabilities >= ?) GROUP BY host ORDER BY n DESC LIMIT 50`);
  const asked = {
    'high severity': (turn) => high(turn),
    'one namespace': (turn) => namespaced(`team-${turn % 60}`),
    'text in any name': (turn) => text(`service-49${turn % 10}`),
    'file by part of its name': (turn) => file(`lib29${100 + turn}`),
    'page 100 of the largest': (turn) => deep.all(4_950 + turn),
    'hosts of high images': (turn) => hosts.all(100 + turn),
  };
  const found = {};
  for (const [question, ask] of Object.entries(asked))
    found[question] = await time((turn) => Promise.resolve(ask(turn)));
  db.close();
  return { ...whole, questions: found };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , engine, images] = process.argv;
  const measure = engine === 'index' ? measureIndex : measureLibsql;
  console.log(JSON.stringify(await measure(Number(images))));
}
