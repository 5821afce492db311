/** Voids answers. Before that it says what would be void, and what fetching it again costs. */
import { useState } from 'preact/hooks';
import { formatNumber } from '../format.js';
import { troubleOf, type PurgeForecast, type PurgeRequest } from '../service.js';
import { useSession } from '../session.js';
import type { TextKey } from '../text/en.js';
import { useText } from '../text/text.js';
import { Time } from './values.js';

/** What can be purged: a request by the value that is typed or chosen. */
const kinds: Record<
  'image' | 'list' | 'project' | 'all',
  { label: TextKey; ask: (value: string) => PurgeRequest }
> = {
  image: { label: 'purgeImage', ask: (value) => ({ tag: `image:${value}` }) },
  list: { label: 'purgeList', ask: (value) => ({ tag: `list:${value}` }) },
  project: { label: 'purgeProject', ask: (value) => ({ project: value }) },
  all: { label: 'purgeAll', ask: () => ({ all: true }) },
};
type Kind = keyof typeof kinds;
const lists = ['registry-images', 'local-images', 'image-files', 'base-images'];

export function Purge() {
  const { t } = useText();
  const { service } = useSession();
  const [kind, setKind] = useState<Kind>('image');
  const [value, setValue] = useState('');
  const [forecast, setForecast] = useState<PurgeForecast | undefined>();
  const [said, setSaid] = useState('');
  const [isAsking, setAsking] = useState(false);
  const request = kinds[kind].ask(value.trim());
  /** Another target: what was said of the one before is not true of it. */
  const choose = (nextKind: Kind, nextValue: string) => {
    setKind(nextKind);
    setValue(nextValue);
    setForecast(undefined);
    setSaid('');
  };
  const run = async (isDry: boolean) => {
    setAsking(true);
    try {
      const answer = await service.purge(isDry ? { ...request, dryRun: true } : request);
      setForecast('entries' in answer ? answer : undefined);
      if ('missing' in answer)
        setSaid(
          answer.missing.length > 0
            ? t('purgeMissing', { instances: answer.missing.join(', ') })
            : t('purgeDone', { what: answer.tag }),
        );
      else setSaid('');
    } catch (error) {
      setForecast(undefined);
      const { problem } = troubleOf(error);
      setSaid(problem ? t('failed', { title: problem.detail }) : t('keyUnanswered'));
    }
    setAsking(false);
  };
  return (
    <section>
      <h2>{t('purge')}</h2>
      <p class="quiet">{t('purgeHelp')}</p>
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault();
          void run(true);
        }}
      >
        <label>
          {t('purgeWhat')}
          <select
            value={kind}
            onChange={({ currentTarget }) =>
              choose(currentTarget.value as Kind, currentTarget.value === 'list' ? 'image-files' : '')
            }
          >
            {(Object.keys(kinds) as Kind[]).map((each) => (
              <option key={each} value={each}>
                {t(kinds[each].label)}
              </option>
            ))}
          </select>
        </label>
        {kind === 'list' && (
          <label>
            {t('purgeWhich')}
            <select value={value} onChange={({ currentTarget }) => choose(kind, currentTarget.value)}>
              {lists.map((list) => (
                <option key={list} value={list}>
                  {list}
                </option>
              ))}
            </select>
          </label>
        )}
        {(kind === 'image' || kind === 'project') && (
          <label>
            {t(kind === 'image' ? 'digest' : 'purgeProjectId')}
            <input
              required
              spellcheck={false}
              autocomplete="off"
              value={value}
              placeholder={kind === 'image' ? 'sha256:…' : ''}
              onInput={({ currentTarget }) => choose(kind, currentTarget.value)}
            />
          </label>
        )}
        <button type="submit" disabled={isAsking}>
          {t('purgeDry')}
        </button>
      </form>
      <div role="status">
        {forecast && (
          <Forecast
            of={forecast}
            isAsking={isAsking}
            onYes={() => void run(false)}
            onNo={() => setForecast(undefined)}
          />
        )}
        {said !== '' && <p class="state">{said}</p>}
      </div>
    </section>
  );
}

function Forecast({
  of: { entries, calls, refilledBy },
  isAsking,
  onYes,
  onNo,
}: {
  of: PurgeForecast;
  isAsking: boolean;
  onYes: () => void;
  onNo: () => void;
}) {
  const { t, language } = useText();
  return (
    <div class="state state-warn">
      <p>
        {t('purgeWould', { entries: formatNumber(entries, language), calls: formatNumber(calls, language) })}
        {refilledBy !== null && (
          <>
            {' '}
            {t('purgeRefilled')} <Time at={refilledBy} />.
          </>
        )}
      </p>
      <p>
        <button class="danger" disabled={isAsking} onClick={onYes}>
          {t('purgeDo')}
        </button>{' '}
        <button onClick={onNo}>{t('cancel')}</button>
      </p>
    </div>
  );
}
