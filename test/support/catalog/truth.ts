/** Compares a catalog with the emulator's data. */
import type { CatalogStore } from '../../../src/catalog/model/reader.js';
import type { ImageDocument } from '../../../src/catalog/model/documents.js';
import { hostRecord, registryRecords } from '../../../src/catalog/model/rows.js';
import { listLocalImages } from '../../../emulator/apis/local-images.js';
import { Parameters } from '../../../emulator/apis/parameters.js';
import { listRegistryImages } from '../../../emulator/apis/registry-images.js';
import type { ApiCall, ListBody } from '../../../emulator/apis/api-call.js';
import type { Emulator } from '../../../emulator/emulator.js';
import { toJson } from '../../../emulator/json.js';
import { toLocalImageRow } from '../../../src/endpoints/local-images/local-image.row.js';
import { toRegistryImageRow } from '../../../src/endpoints/registry-images/registry-image.row.js';
import type { RawRow } from '../../../src/hss/envelope.js';
import { parseJson, stringifyJson } from '../../../src/json/lossless.js';

/** A catalog without times of reading: the rows of each image, sorted. */
export type Shape = Record<string, { entries: string[]; onHosts: string[] }>;

/** The shape that a catalog must have, from the emulator's data without any call. */
export function truth(emulator: Emulator): Shape {
  const shape: Shape = {};
  const of = (key: string) => (shape[key] ??= { entries: [], onHosts: [] });
  for (const row of rowsOf(emulator, listRegistryImages).map(toRegistryImageRow))
    for (const { key, rowKey, variantOf, row: kept } of registryRecords(row, 0))
      of(key).entries.push(stringifyJson({ rowKey, variantOf, row: kept }));
  for (const row of rowsOf(emulator, listLocalImages).map(toLocalImageRow)) {
    const { key, rowKey, row: kept } = hostRecord(row, 0);
    of(key).onHosts.push(stringifyJson({ rowKey, row: kept }));
  }
  for (const { entries, onHosts } of Object.values(shape)) for (const rows of [entries, onHosts]) rows.sort();
  return shape;
}

export async function shapeOf(store: CatalogStore): Promise<Shape> {
  const shape: Shape = {};
  for await (const slice of store.documents())
    for (const { image } of slice) shape[image.key] = shapeOfImage(image);
  return shape;
}

function shapeOfImage({ entries, onHosts }: ImageDocument): Shape[string] {
  return {
    entries: entries.map(({ rowKey, variantOf, row }) => stringifyJson({ rowKey, variantOf, row })).sort(),
    onHosts: onHosts.map(({ rowKey, row }) => stringifyJson({ rowKey, row })).sort(),
  };
}

function rowsOf({ data }: Emulator, handler: (call: ApiCall) => ListBody): RawRow[] {
  const rows: object[] = [];
  for (let total = 1; rows.length < total;) {
    const query = { enterprise_project_id: 'all_granted_eps', limit: '200', offset: String(rows.length) };
    const body = handler({
      parameters: new Parameters(new Map(Object.entries(query))),
      imageId: '',
      regionHeader: undefined,
      user: { name: 'truth', password: '', keys: [] },
      nowMs: 0,
      data,
      settings: {
        region: '',
        strictRegionHeader: false,
        requireEnterpriseProject: false,
        variantContent: 'own',
        assetStatistics: true,
      },
    });
    rows.push(...body.data_list);
    total = body.total_num;
  }
  return parseJson(toJson(rows)) as RawRow[];
}

/** The differences of two shapes in few words: whole catalogs are too long to read. */
export function differences(actual: Shape, expected: Shape): string[] {
  const keys = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  return [...keys].flatMap((key) => {
    const [is, should] = [actual[key], expected[key]].map((each) => [
      ...(each?.entries ?? []),
      ...(each?.onHosts ?? []),
    ]);
    return [
      ...is!.filter((row) => !should!.includes(row)).map((row) => `${key} should not have ${row}`),
      ...should!.filter((row) => !is!.includes(row)).map((row) => `${key} lacks ${row}`),
    ];
  });
}
