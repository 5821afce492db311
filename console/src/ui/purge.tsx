/** Voids answers. Before that it says what would be void, and what fetching it again costs. */
import { useState } from 'preact/hooks';
import { troubleOf } from '../service.js';
import { useSession } from '../session.js';
import { useText } from '../text/text.js';

export function Purge() {
  const { t } = useText();
  const { service } = useSession();
  const [tag, setTag] = useState('');
  const [forecast, setForecast] = useState<{ tag: string; entries: number; calls: number } | undefined>();
  const [said, setSaid] = useState('');
  const run = async (isDry: boolean) => {
    try {
      const answer = await service.purge({ tag, ...(isDry ? { dryRun: true } : {}) });
      setForecast(
        isDry && 'entries' in answer ? { tag, entries: answer.entries, calls: answer.calls } : undefined,
      );
      setSaid(isDry ? '' : t('purgeDone', { tag }));
    } catch (error) {
      setForecast(undefined);
      setSaid(t('failed', { title: troubleOf(error).problem?.detail ?? '' }));
    }
  };
  return (
    <section>
      <h2>{t('purge')}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run(true);
        }}
      >
        <label>
          {t('purgeWhat')}{' '}
          <input
            required
            value={tag}
            placeholder="list:image-files"
            onInput={({ currentTarget }) => setTag(currentTarget.value)}
          />
        </label>{' '}
        <button type="submit">{t('purgeDry')}</button>
      </form>
      <div role="status">
        {forecast && (
          <p class="state state-warn">
            {forecast.tag}:{' '}
            {t('purgeWould', { entries: String(forecast.entries), calls: String(forecast.calls) })}{' '}
            <button disabled={forecast.tag !== tag} onClick={() => void run(false)}>
              {t('purgeDo')}
            </button>
          </p>
        )}
        {said}
      </div>
    </section>
  );
}
