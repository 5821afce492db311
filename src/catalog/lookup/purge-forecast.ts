import { Inject, Injectable } from '@nestjs/common';
import { blockRows } from '../../endpoints/lists/list-blocks.js';
import { CLOCK } from '../../injection-tokens.js';
import type { Clock } from '../../time/clock.js';
import { CATALOG_SETTINGS, type CatalogSettings } from '../catalog-settings.js';
import { CatalogPurges } from '../model/purged-names.js';
import type { WholeImage } from '../model/reader.js';
import type { ListState } from '../model/sync-state.js';
import { CatalogAccess } from './catalog-access.js';

/** Tells what a purge would cost, before it takes place. Calls nothing and changes nothing. */
@Injectable()
export class PurgeForecast {
  constructor(
    private readonly access: CatalogAccess,
    private readonly purges: CatalogPurges,
    @Inject(CATALOG_SETTINGS) private readonly settings: CatalogSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @returns the calls of HSS by which the catalog reads again what the tag names, and the wall time (ms) at which
   * these calls end if consumers need none meanwhile; null without calls. Every API has its own call rate.
   */
  of(tag: string): { calls: number; refilledBy: number | null } {
    const { reader } = this.access;
    if (!this.settings.isOn || reader.version === 0) return { calls: 0, refilledBy: null };
    const { lists, contents, images } = this.purges.named(tag);
    const { registry, local } = reader.sync;
    const all = reader.seenBy(null);
    const { baseOs, files } = all.coverage();
    const named = [...images].flatMap((id) => all.keysOf(id)).map((key) => callsFor(all.whole(key)));
    const sum = (part: keyof ImageCalls) => named.reduce((total, calls) => total + calls[part], 0);
    const rows = [
      lists.has('registry') ? pagesOf(registry) : sum('registry'),
      lists.has('local') ? pagesOf(local) : sum('local'),
    ];
    // The content comes after the rows: only a row tells whether HSS has scanned the image.
    const content = [
      contents.has('baseOs') ? baseOs.known : sum('baseOs'),
      contents.has('files') ? files.known : sum('files'),
    ];
    const calls = [...rows, ...content].reduce((total, each) => total + each, 0);
    const turns = Math.max(...rows) + Math.max(...content);
    const { limit, windowMs } = this.settings.rate;
    return { calls, refilledBy: calls === 0 ? null : this.clock.now() + (turns * windowMs) / limit };
  }
}

type ImageCalls = Record<'registry' | 'local' | 'baseOs' | 'files', number>;

function callsFor(whole: WholeImage | undefined): ImageCalls {
  const { entries = [], onHosts = [] } = whole?.document ?? {};
  const names = (rows: readonly { row: { name: string | null; tag: string | null } }[]) =>
    new Set(rows.map(({ row: { name, tag } }) => JSON.stringify([name, tag]))).size;
  const total = whole?.files()?.total ?? null;
  return {
    registry: names(entries),
    local: names(onHosts),
    baseOs: (whole?.baseOs() ?? whole?.notKnown('baseOs')) ? 1 : 0,
    files: total === null ? Number(whole?.notKnown('files') !== undefined) : pages(total),
  };
}

/** A running walk goes on, and another walk follows. */
function pagesOf({ total, rows, walk }: ListState): number {
  const all = pages(total ?? rows);
  return walk ? all + pages(Math.max(0, (walk.total ?? 0) - walk.offset)) : all;
}

function pages(rows: number): number {
  return Math.max(1, Math.ceil(rows / blockRows));
}
