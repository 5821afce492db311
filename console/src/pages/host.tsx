import { useRoute } from 'preact-iso';
import { apiFilters, type Filters } from '../filters.js';
import { formatNumber } from '../format.js';
import { usePages } from '../paged.js';
import { placeOf, useFilters, useTitle } from '../place.js';
import { useSession } from '../session.js';
import { useText } from '../text/text.js';
import { AskAlike } from '../ui/ask-alike.js';
import { CopyLink } from '../ui/copy-link.js';
import { Mark, Pager } from '../ui/list-foot.js';
import { State } from '../ui/state.js';
import { ImageTable } from './images.js';

/** One host with its images. */
export function HostPage() {
  const { t, language } = useText();
  const { service } = useSession();
  const hostId = useRoute().params['hostId'] ?? '';
  const page = `hosts/${encodeURIComponent(hostId)}`;
  const [filters] = useFilters(page);
  const asked: Filters = { sort: '-severity,-vulnerabilities', ...apiFilters(filters), limit: '50' };
  const load = (whole: Filters, signal: AbortSignal) => service.imagesOfHost(hostId, whole, signal);
  const { list, answer, isOld, pages } = usePages(page, asked, load);
  const host = answer?.value.items
    .flatMap(({ hosts }) => hosts?.items ?? [])
    .find((each) => each.hostId === hostId);
  useTitle(host?.name);
  return (
    <>
      <h1>{host?.name ?? t('host')}</h1>
      <p class="quiet">{hostId}</p>
      <State of={list} />
      {answer && (
        <div class={isOld ? 'old' : ''} aria-busy={isOld}>
          <div class="results">
            <strong class="total" role="status">
              {t(answer.value.total === 1 ? 'oneMatch' : 'matches', {
                count: formatNumber(answer.value.total, language),
              })}
            </strong>
            {Object.keys(filters).length > 0 && <a href={placeOf(page)}>{t('allImagesOfHost')}</a>}
            <CopyLink />
          </div>
          <ImageTable images={answer.value.items} isOneHost />
          <Pager {...pages} nextCursor={answer.value.nextCursor} />
          <Mark of={answer.value.catalog} />
          <AskAlike
            questions={[
              {
                path: `/v1/hosts/${encodeURIComponent(hostId)}/images`,
                method: 'listHostImages',
                pathValues: { hostId },
                filters: asked,
              },
            ]}
            exports={{ ...apiFilters(filters), hostId }}
          />
        </div>
      )}
    </>
  );
}
