// Gates as scripts/ci-gate.sh, and the images that gates ask for.

/** HSS_BFF_WAIT, where nobody sets it. */
export const patienceMs = 300_000;
const passing = ['none', 'low', 'medium'];
const mayBeRetried = ['not-found', 'image-not-scanned'];

/**
 * Asks until there is a verdict or until no patience is left.
 *
 * @returns `verdict` pass, bad or unknown, after `tookMs` of virtual time.
 */
export async function runGate({ clock, ask }, consumer, ref, patience = patienceMs) {
  const beganAt = clock.now();
  const path = `/v1/images/lookup?ref=${encodeURIComponent(ref)}&include=image`;
  for (let pauseMs = 1_000; ; pauseMs = Math.min(2 * pauseMs, 10_000)) {
    const { status, headers, body } = await ask(consumer, path, { Prefer: 'handling=strict' });
    const tookMs = clock.now() - beganAt;
    if (status === 200) return { verdict: judge(body), tookMs };
    const wantedMs = 1_000 * Number(headers.get('retry-after') ?? 0) || pauseMs;
    const isFinal = body.retryable === false && !mayBeRetried.includes(body.code);
    if (isFinal || tookMs + wantedMs > patience) return { verdict: 'unknown', tookMs };
    await clock.sleep(wantedMs);
  }
}

function judge({ image, parts }) {
  if (parts.image.status !== 'fresh') return 'unknown';
  return image.scan.status === 'completed' && passing.includes(image.severity) ? 'pass' : 'bad';
}

/** The images that have one row, a completed scan and a severity. A gate always has a verdict on these. */
export function gateImages({ data }) {
  const rows = data.registryImages.map(({ row }) => row);
  const nameOf = (row) => `${row.namespace}/${row.image_name}`;
  const refOf = (row) => `${nameOf(row)}:${row.image_version}`;
  const refs = countBy(rows, refOf);
  const digests = countBy(rows, (row) => row.image_digest);
  return rows
    .filter((row) => row.scan_status === 'success' && row.severity_level && /^[\w.-]+$/.test(row.image_name))
    .filter((row) => refs.get(refOf(row)) === 1 && digests.get(row.image_digest) === 1)
    .map((row) => ({
      name: nameOf(row),
      digest: row.image_digest,
      tagRef: refOf(row),
      digestRef: `${nameOf(row)}@${row.image_digest}`,
    }));
}

function countBy(rows, keyOf) {
  const counts = new Map();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return counts;
}
