/** What an answer leaves open while contents are unread: what might match, and when that is going to be known. */
import type { ComponentChildren } from 'preact';
import { asksForBaseOs, asksForFiles, type Filters } from '../filters.js';
import { formatDuration, formatNumber } from '../format.js';
import { useLoading, useOnTime } from '../loading.js';
import type { CatalogMark } from '../service.js';
import { useSession } from '../session.js';
import type { TextKey } from '../text/en.js';
import { useText } from '../text/text.js';

/** The end moves slowly. */
const everyMs = 30_000;

type Part = keyof CatalogMark['coverage'];

/** @returns the part of the content that the filters ask for and that the catalog knows least of; null: all is read. */
export function unreadPart(filters: Filters, { coverage }: CatalogMark): Part | null {
  const asked: Part[] = [
    ...(asksForFiles(filters) ? (['files'] as const) : []),
    ...(asksForBaseOs(filters) ? (['baseOs'] as const) : []),
  ];
  const missing = (part: Part) => coverage[part].total - coverage[part].known;
  const [worst] = asked.toSorted((a, b) => missing(b) - missing(a));
  return worst !== undefined && missing(worst) > 0 ? worst : null;
}

interface Props {
  mark: CatalogMark;
  /** As {@link unreadPart} says. */
  part: Part | null;
  hasMatches: boolean;
  /** How many images might match. */
  children: ComponentChildren;
}

export function OpenQuestion({ mark, part, hasMatches, children }: Props) {
  const { t, language } = useText();
  const none: Record<Part, TextKey> = { files: 'noMatchInFiles', baseOs: 'noMatchInBaseOs' };
  const read = part && mark.coverage[part];
  return (
    <div class="state open-question">
      {read && !hasMatches && (
        <p>
          <strong>
            {t(none[part], {
              known: formatNumber(read.known, language),
              total: formatNumber(read.total, language),
            })}
          </strong>
        </p>
      )}
      <p>{children}</p>
      {part && (
        <p>
          <Rest part={part} /> {t('updatesItself')}
        </p>
      )}
    </div>
  );
}

/** When the part is going to be known of all images. A key that sees only some namespaces is not told. */
function Rest({ part }: { part: Part }) {
  const { t, language } = useText();
  const { service } = useSession();
  const { answer } = useLoading('status', (signal) => service.status(signal), everyMs);
  const endAt = answer?.value.coverage[part].expectedEndAt;
  const text = useOnTime((now) => {
    const leftMs = endAt ? Date.parse(endAt) - now : 0;
    return leftMs > 0 ? t('restExpected', { wait: formatDuration(leftMs, language) }) : '';
  });
  return <>{text}</>;
}
