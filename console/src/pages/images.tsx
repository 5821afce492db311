import { useMemo } from 'preact/hooks';
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
import { Mark, Pager } from '../ui/list-foot.js';
import { OpenQuestion, unreadPart } from '../ui/open-question.js';
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
  const { list, answer, isOld, pages } = usePages('images', asked, service.images, onFirstPage);
  const items = answer?.value.items;
  const unknown = answer?.value.unknown ?? 0;
  const unread = answer && unknown > 0 ? unreadPart(filters, answer.value.catalog) : null;
  const count = (total: number) =>
    t(total === 1 ? 'oneMatch' : 'matches', { count: formatNumber(total, language) });
  // The rows are the dearest part to draw: each answer draws them once.
  const table = useMemo(() => items && <ImageTable images={items} />, [items]);

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
              {unread && !isUnknown
                ? t('soFar', { matches: count(answer.value.total) })
                : count(answer.value.total)}
            </strong>
            {can('hosts') && !isUnknown && (
              <a href={placeOf('hosts', changed(changed(filters, 'sort', ''), 'match', ''))}>
                {t('whichHosts')}
              </a>
            )}
            {isUnknown && <a href={placeOf('images', changed(filters, 'match', ''))}>{t('unknownBack')}</a>}
            <CopyLink />
          </div>
          {unknown > 0 && (
            <OpenQuestion
              mark={answer.value.catalog}
              part={unread}
              hasMatches={isUnknown || answer.value.total > 0}
            >
              {isUnknown ? (
                t('unknownThese')
              ) : (
                <>
                  {t('unknown', { count: formatNumber(unknown, language) })}{' '}
                  <a href={placeOf('images', { ...filters, match: 'unknown' })}>{t('unknownShow')}</a>
                </>
              )}
            </OpenQuestion>
          )}
          {answer.value.items.length > 0
            ? table
            : !unread && (
                <p class="state">
                  {t('empty')}{' '}
                  {Object.keys(filters).length > 0 && <span class="quiet">{t('emptyHelp')}</span>}
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
    <table class="rows images">
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
          <tr key={index}>
            <th scope="row">
              <ImageLink image={image} />
              <MatchedFiles of={image} most={3} />
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
              <Running is={isOneHost ? runsHere(image) : image.running} />
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

/** The first files that match, where the question is about files. */
export function MatchedFiles({ of: { matchedFiles = [] }, most }: { of: CatalogImage; most: number }) {
  const { t } = useText();
  return (
    <>
      {matchedFiles.slice(0, most).map(({ name, path }, index) => (
        <div key={index} class="quiet">
          {path}
          {name}
          {index === most - 1 && matchedFiles.length > most && ` … ${t('moreFiles')}`}
        </div>
      ))}
    </>
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

function Running({ is }: { is: boolean | undefined }) {
  const { t } = useText();
  if (is === undefined) return <span class="quiet">{t('notKnown')}</span>;
  return is ? <span class="running">{t('yes')}</span> : <span class="quiet">{t('no')}</span>;
}

/** On the one host that was asked for: elsewhere the image may run or not. */
function runsHere({ containerCount }: CatalogImage): boolean | undefined {
  return containerCount == null ? undefined : Number(containerCount) > 0;
}

function baseOsText({ baseOs }: CatalogImage): string | undefined {
  const names = (baseOs ?? []).map(({ osName, osVersion }) => [osName, osVersion].filter(Boolean).join(' '));
  return names.length > 0 ? [...new Set(names)].join(', ') : undefined;
}
