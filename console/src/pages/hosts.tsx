import { apiFilters, changed, type Filters } from '../filters.js';
import { formatNumber } from '../format.js';
import { usePages } from '../paged.js';
import { placeOf, useFilters } from '../place.js';
import { useSession } from '../session.js';
import { useText } from '../text/text.js';
import { AskAlike } from '../ui/ask-alike.js';
import { Mark, Pager, Unknown } from '../ui/list-foot.js';
import { Search } from '../ui/search.js';
import { State } from '../ui/state.js';
import { Count, Severity } from '../ui/values.js';
import { ImageLink } from './images.js';

const sorts = [
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
  const asked: Filters = { ...apiFilters(filters), limit };
  const { list, answer, pages } = usePages(asked, service.hosts);
  const ofImages = changed(filters, 'sort', '');
  return (
    <>
      <h1>{t('hosts')}</h1>
      <Search filters={filters} onChange={setFilters} sorts={sorts} />
      <State of={list} />
      {answer && (
        <>
          <p class="total" role="status">
            {t('matchesHosts', { count: formatNumber(answer.value.total, language) })}{' '}
            <a href={placeOf('images', ofImages)}>{t('whichImages')}</a>
          </p>
          <Unknown count={answer.value.unknown} href={placeOf('images', { ...ofImages, match: 'unknown' })} />
          {answer.value.items.length === 0 ? (
            <p class="state">{t('emptyHosts')}</p>
          ) : (
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">{t('host')}</th>
                  <th scope="col">{t('images')}</th>
                  <th scope="col">{t('containers')}</th>
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
                    <td data-label={t('images')}>
                      <Count of={matches} />
                    </td>
                    <td data-label={t('containers')}>
                      <Count of={containerCount} />
                    </td>
                    <td data-label={t('worstImages')}>
                      {images.map((image, nth) => (
                        <div key={nth}>
                          <Severity of={image.severity} /> <ImageLink image={image} />
                          {image.matchedFiles?.slice(0, 1).map((file) => (
                            <span key={file.name} class="quiet">
                              {' '}
                              {file.path}
                              {file.name}
                            </span>
                          ))}
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
            question={{ path: '/v1/hosts', method: 'listHosts', filters: asked }}
            exports={{ ...apiFilters(ofImages), of: 'hosts' }}
          />
        </>
      )}
    </>
  );
}
