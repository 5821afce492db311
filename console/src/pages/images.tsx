import { apiFilters, changed, type Filters } from '../filters.js';
import { formatNumber } from '../format.js';
import { usePages } from '../paged.js';
import { placeOf, useFilters } from '../place.js';
import type { CatalogImage } from '../service.js';
import { useSession } from '../session.js';
import { useText } from '../text/text.js';
import { AskAlike } from '../ui/ask-alike.js';
import { CopyLink } from '../ui/copy-link.js';
import { Facets, facetNames } from '../ui/facets.js';
import { Mark, Pager, Unknown } from '../ui/list-foot.js';
import { Search } from '../ui/search.js';
import { State } from '../ui/state.js';
import { Count, findingKinds, Finding, nameOf, Severity, shortDigest, Time } from '../ui/values.js';

const sorts = [
  { value: '-severity,-vulnerabilities', label: 'sortRisk' },
  { value: '-hosts,-severity', label: 'sortHosts' },
  { value: '-updatedAt', label: 'sortNewest' },
  { value: 'name', label: 'sortName' },
] as const;
const limit = '50';

/** All images that match, with counts by value. */
export function ImagesPage() {
  const { t, language } = useText();
  const { service, can } = useSession();
  const [filters, setFilters] = useFilters('images');
  const isUnknown = filters['match'] === 'unknown';
  const asked: Filters = { sort: sorts[0].value, ...apiFilters(filters), limit };
  const onFirstPage: Filters = isUnknown ? {} : { facets: facetNames.join(',') };
  const { list, answer, isOld, pages } = usePages(asked, service.images, { onFirstPage });

  return (
    <>
      <h1>{t('images')}</h1>
      <Search filters={filters} onChange={setFilters} sorts={sorts} />
      {answer?.value.facets && (
        <Facets facets={answer.value.facets} filters={filters} onChange={setFilters} />
      )}
      <State of={list} />
      {answer && (
        <div class={isOld ? 'old' : ''} aria-busy={isOld}>
          <div class="results">
            <strong class="total" role="status">
              {t('matches', { count: formatNumber(answer.value.total, language) })}
            </strong>
            {can('hosts') && (
              <a href={placeOf('hosts', changed(changed(filters, 'sort', ''), 'match', ''))}>
                {t('whichHosts')}
              </a>
            )}
            {isUnknown && <a href={placeOf('images', changed(filters, 'match', ''))}>{t('unknownBack')}</a>}
            <CopyLink />
          </div>
          <Unknown count={answer.value.unknown} href={placeOf('images', { ...filters, match: 'unknown' })} />
          {answer.value.items.length > 0 ? (
            <ImageTable images={answer.value.items} />
          ) : (
            <p class="state">
              {t('empty')} <span class="quiet">{t('emptyHelp')}</span>
            </p>
          )}
          <Pager {...pages} nextCursor={answer.value.nextCursor} />
          <Mark of={answer.value.catalog} />
          <AskAlike
            questions={[{ path: '/v1/images', method: 'searchImages', filters: asked }]}
            exports={apiFilters(changed(filters, 'sort', ''))}
          />
        </div>
      )}
    </>
  );
}

/** A row for each image. On a phone each row is a card. */
export function ImageTable({
  images,
  isOneHost = false,
}: {
  images: readonly CatalogImage[];
  isOneHost?: boolean;
}) {
  const { t } = useText();
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">{t('image')}</th>
          <th scope="col">{t('severity')}</th>
          {findingKinds.map((kind) => (
            <th key={kind} scope="col" class="number">
              {t(kind)}
            </th>
          ))}
          <th scope="col">{t('baseOs')}</th>
          <th scope="col" class="number">
            {t(isOneHost ? 'containers' : 'onHosts')}
          </th>
          <th scope="col">{t('running')}</th>
          <th scope="col">{t('scanned')}</th>
        </tr>
      </thead>
      <tbody>
        {images.map((image, index) => (
          <tr key={`${image.digest ?? image.imageId ?? ''}${index}`}>
            <th scope="row">
              <ImageLink image={image} />
              {image.matchedFiles?.map(({ name, path }) => (
                <div key={`${path}${name}`} class="quiet">
                  {path}
                  {name}
                </div>
              ))}
            </th>
            <td data-label={t('severity')}>
              <Severity of={image.severity} />
            </td>
            {findingKinds.map((kind) => (
              <td key={kind} data-label={t(kind)} class="number">
                <Finding of={image.findingCounts?.[kind]} />
              </td>
            ))}
            <td data-label={t('baseOs')}>
              {baseOsText(image) ?? <span class="quiet">{t('notKnown')}</span>}
            </td>
            <td data-label={t(isOneHost ? 'containers' : 'onHosts')} class="number">
              <Count of={isOneHost ? image.containerCount : image.hosts?.total} />
            </td>
            <td data-label={t('running')}>
              {image.running ? <span class="running">{t('yes')}</span> : <span class="quiet">{t('no')}</span>}
            </td>
            <td data-label={t('scanned')}>
              <Time at={image.scan?.scannedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Opens the image by its digest, or by its id where HSS tells no digest. */
export function ImageLink({ image }: { image: CatalogImage }) {
  const id = image.digest ?? image.imageId;
  return (
    <>
      {id ? <a href={placeOf(`images/${encodeURIComponent(id)}`)}>{nameOf(image)}</a> : nameOf(image)}{' '}
      <span class="quiet digest">{shortDigest(image.digest)}</span>
    </>
  );
}

function baseOsText({ baseOs }: CatalogImage): string | undefined {
  const names = (baseOs ?? []).map(({ osName, osVersion }) => [osName, osVersion].filter(Boolean).join(' '));
  return names.length > 0 ? [...new Set(names)].join(', ') : undefined;
}
