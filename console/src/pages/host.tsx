import { useRoute } from 'preact-iso';
import { apiFilters, type Filters } from '../filters.js';
import { useLoading } from '../loading.js';
import { placeOf, useCursors, useFilters } from '../place.js';
import { useSession } from '../session.js';
import { useText } from '../text/text.js';
import { AskAlike } from '../ui/ask-alike.js';
import { Mark, Pager } from '../ui/list-foot.js';
import { State } from '../ui/state.js';
import { ImageTable } from './images.js';

const everyMs = 15_000;

/** One host with its images. */
export function HostPage() {
  const { t, language } = useText();
  const { service } = useSession();
  const hostId = useRoute().params['hostId'] ?? '';
  const [filters] = useFilters(`hosts/${encodeURIComponent(hostId)}`);
  const asked: Filters = { sort: '-severity,-vulnerabilities', ...apiFilters(filters), limit: '50' };
  const { cursor, page, next, previous } = useCursors(hostId + JSON.stringify(asked));
  const whole: Filters = cursor === undefined ? asked : { ...asked, cursor };
  const list = useLoading(
    hostId + JSON.stringify(whole),
    (signal) => service.imagesOfHost(hostId, whole, signal),
    cursor === undefined ? everyMs : undefined,
  );
  const { answer } = list;
  const host = answer?.value.items
    .flatMap(({ hosts }) => hosts?.items ?? [])
    .find((each) => each.hostId === hostId);
  return (
    <>
      <h1>{host?.name ?? t('host')}</h1>
      <p class="quiet">{hostId}</p>
      <State of={list} />
      {answer && (
        <>
          <p class="total" role="status">
            {t('matches', { count: new Intl.NumberFormat(language).format(answer.value.total) })}{' '}
            {Object.keys(filters).length > 0 && (
              <a href={placeOf(`hosts/${encodeURIComponent(hostId)}`)}>{t('allImagesOfHost')}</a>
            )}
          </p>
          <ImageTable images={answer.value.items} isOneHost />
          <Pager page={page} nextCursor={answer.value.nextCursor} next={next} previous={previous} />
          <Mark of={answer.value.catalog} />
          <AskAlike
            question={{
              path: `/v1/hosts/${encodeURIComponent(hostId)}/images`,
              method: 'listHostImages',
              pathValues: { hostId },
              filters: asked,
            }}
            exports={{ ...apiFilters(filters), hostId }}
          />
        </>
      )}
    </>
  );
}
