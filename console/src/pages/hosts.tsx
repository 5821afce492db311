import { apiFilters, changed, type Filters } from '../filters.js';
import { formatNumber } from '../format.js';
import { usePages } from '../paged.js';
import { placeOf, useFilters } from '../place.js';
import { useSession } from '../session.js';
import { useText } from '../text/text.js';
import { AskAlike } from '../ui/ask-alike.js';
import { CopyLink } from '../ui/copy-link.js';
import { Mark, Pager } from '../ui/list-foot.js';
import { OpenQuestion, unreadPart } from '../ui/open-question.js';
import { Search } from '../ui/search.js';
import { State } from '../ui/state.js';
import { Count, Severity } from '../ui/values.js';
import { ImageLink, MatchedFiles } from './images.js';

const sorts = [
  { value: '-severity,-vulnerabilities,-matches', label: 'sortRisk' },
  { value: '-matches', label: 'sortMatches' },
  { value: '-containers,name', label: 'sortContainers' },
  { value: 'name', label: 'sortName' },
] as const;
const limit = '50';

/** The hosts that have the matching images. */
export function HostsPage() {
  const { t, language } = useText();
  const { service } = useSession();
  const [filters, setFilters] = useFilters('hosts');
  const asked: Filters = { sort: sorts[0].value, ...apiFilters(filters), limit };
  const { list, answer, isOld, pages } = usePages('hosts', asked, service.hosts);
  const ofImages = changed(filters, 'sort', '');
  const unknown = answer?.value.unknown ?? 0;
  const unread = answer && unknown > 0 ? unreadPart(filters, answer.value.catalog) : null;
  const count = (total: number) =>
    t(total === 1 ? 'oneMatchHost' : 'matchesHosts', { count: formatNumber(total, language) });
  return (
    <>
      <h1>{t('hosts')}</h1>
      <p class="lead quiet">{t('hostsLead')}</p>
      <Search filters={filters} onChange={setFilters} sorts={sorts} />
      <State of={list} />
      {answer && (
        <div class={isOld ? 'old' : ''} aria-busy={isOld}>
          <div class="results">
            <strong class="total" role="status">
              {unread ? t('soFar', { matches: count(answer.value.total) }) : count(answer.value.total)}
            </strong>
            <a href={placeOf('images', ofImages)}>{t('whichImages')}</a>
            <CopyLink />
          </div>
          {unknown > 0 && (
            <OpenQuestion mark={answer.value.catalog} part={unread} hasMatches={answer.value.total > 0}>
              {t('unknownOnHosts', { count: formatNumber(unknown, language) })}{' '}
              <a href={placeOf('images', { ...ofImages, onHosts: 'true', match: 'unknown' })}>
                {t('unknownShow')}
              </a>
            </OpenQuestion>
          )}
          {answer.value.items.length === 0 ? (
            !unread && <p class="state">{t('emptyHosts')}</p>
          ) : (
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">{t('host')}</th>
                  <th scope="col" class="number">
                    {t('images')}
                  </th>
                  <th scope="col" class="number">
                    {t('containers')}
                  </th>
                  <th scope="col">{t('worstImages')}</th>
                </tr>
              </thead>
              <tbody>
                {answer.value.items.map(({ hostId, name, matches, containerCount, images }, index) => (
                  <tr key={`${hostId ?? name ?? ''}${index}`}>
                    <th scope="row">
                      {hostId ? (
                        <a href={placeOf(`hosts/${encodeURIComponent(hostId)}`, ofImages)}>
                          {name ?? hostId}
                        </a>
                      ) : (
                        (name ?? t('notKnown'))
                      )}
                    </th>
                    <td data-label={t('images')} class="number">
                      <Count of={matches} />
                    </td>
                    <td data-label={t('containers')} class="number">
                      <Count of={containerCount} />
                    </td>
                    <td data-label={t('worstImages')} class="whole">
                      {images.map((image, nth) => (
                        <div key={nth} class="worst">
                          <Severity of={image.severity} /> <ImageLink image={image} />
                          <MatchedFiles of={image} most={1} />
                        </div>
                      ))}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          <Pager {...pages} nextCursor={answer.value.nextCursor} />
          <Mark of={answer.value.catalog} />
          <AskAlike
            questions={[{ path: '/v1/hosts', method: 'listHosts', filters: asked }]}
            exports={{ ...apiFilters(ofImages), of: 'hosts' }}
          />
        </div>
      )}
    </>
  );
}
