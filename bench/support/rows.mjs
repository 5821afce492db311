import { createHash } from 'node:crypto';

/** One answer as the caches hold it: 20 rows of a list, 7 KB as JSON, different for each key. */
export function rows(key) {
  return {
    key,
    total: 20,
    rows: Array.from({ length: 20 }, (_, index) => ({
      id: 4_711 + index,
      imageId: `sha256:${createHash('sha256').update(String(index)).digest('hex')}`,
      name: `team-${index % 5}/service-${index}`,
      tag: `24.5.${index}-x86_64`,
      namespace: 'scc_hss_container',
      type: 'private_image',
      severity: ['high', 'medium', 'low'][index % 3],
      scanStatus: 'success',
      risky: index % 2 === 0,
      sizeBytes: 104_857_600 + index,
      updatedAt: '2026-05-04T03:02:01.000Z',
    })),
  };
}

/** A key as long as the keys of the service's blocks. */
export function keyOf(name) {
  const scope = 'eu-west-101:0123456789abcdef0123456789abcdef:default';
  return `${scope}:registry-images-1:registry%2Fimages?image_type=private_image&namespace=scc_hss_container&word=${name}@0`;
}
