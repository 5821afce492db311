/** How far the catalog is, how old, and when it is expected to be whole. */
import { formatNumber } from '../format.js';
import { useLoading } from '../loading.js';
import type { CatalogStatus } from '../service.js';
import { useSession } from '../session.js';
import { useText } from '../text/text.js';
import { AskAlike } from './ask-alike.js';
import { Fact } from './fact.js';
import { State } from './state.js';
import { Count, Time } from './values.js';

const everyMs = 5_000;

export function CatalogProgress() {
  const { t } = useText();
  const { service } = useSession();
  const status = useLoading('status', (signal) => service.status(signal), everyMs);
  const value = status.answer?.value;
  return (
    <section>
      <h2>{t('catalog')}</h2>
      <State of={status} />
      {value && (
        <>
          <Whole of={value} />
          <div class="cards">
            <List name={t('registry')} of={value.registry} />
            <List name={t('onHosts')} of={value.local} />
            <Content name={t('files')} of={value.coverage.files} />
            <Content name={t('baseOs')} of={value.coverage.baseOs} />
          </div>
          <AskAlike questions={[{ path: '/v1/catalog/status', method: 'getCatalogStatus', filters: {} }]} />
        </>
      )}
    </section>
  );
}

function Whole({
  of: { complete, expectedEndAt, asOf, syncingInstance, waitingFor, lastError },
}: {
  of: CatalogStatus;
}) {
  const { t } = useText();
  return (
    <dl class="facts">
      <Fact name={t('status')}>
        {complete ? t('complete') : t('incomplete')}
        {!complete && expectedEndAt !== null && (
          <>
            {' · '}
            {t('expectedEnd')} <Time at={expectedEndAt} />
          </>
        )}
      </Fact>
      <Fact name={t('asOfName')}>
        <Time at={asOf} />
      </Fact>
      <Fact name={t('syncing')}>{syncingInstance ?? t('nobody')}</Fact>
      {waitingFor && <Fact name={t('waitsFor')}>{waitingFor}</Fact>}
      {lastError && (
        <Fact name={t('lastError')}>
          {lastError.code} · <Time at={lastError.at} />
        </Fact>
      )}
    </dl>
  );
}

function List({
  name,
  of: { rows, total, walk, walkedAt, deltaAt },
}: {
  name: string;
  of: CatalogStatus['registry'];
}) {
  const { t, language } = useText();
  return (
    <article class="card">
      <h3>
        {name}
        <span class="card-figure">
          <Known known={rows} total={total} />
        </span>
      </h3>
      {rows !== null && total !== null && <Bar known={rows} total={total} name={name} />}
      <dl class="facts">
        <Fact name={t('walked')}>
          <Time at={walkedAt} />
        </Fact>
        <Fact name={t('delta')}>
          <Time at={deltaAt} />
        </Fact>
        {walk && (
          <Fact name={t('walkRuns')}>
            {t('pagesDone', {
              done: formatNumber(walk.pagesDone, language),
              expected: walk.pagesExpected === null ? '?' : formatNumber(walk.pagesExpected, language),
            })}
          </Fact>
        )}
      </dl>
    </article>
  );
}

function Content({
  name,
  of: { known, total, expectedEndAt },
}: {
  name: string;
  of: CatalogStatus['coverage']['files'];
}) {
  const { t } = useText();
  return (
    <article class="card">
      <h3>
        {name}
        <span class="card-figure">
          <Known known={known} total={total} />
        </span>
      </h3>
      <Bar known={known} total={total} name={name} />
      {known < total && (
        <dl class="facts">
          <Fact name={t('expectedEnd')}>
            <Time at={expectedEndAt} />
          </Fact>
        </dl>
      )}
    </article>
  );
}

function Known({ known, total }: { known: number | null; total: number | null }) {
  return (
    <>
      <Count of={known} /> / <Count of={total} />
    </>
  );
}

function Bar({ known, total, name }: { known: number; total: number; name: string }) {
  return <progress value={Math.min(known, total)} max={Math.max(1, total)} aria-label={name} />;
}
