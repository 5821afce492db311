/** What is wrong now, and since when. */
import { useLoading } from '../loading.js';
import { useSession } from '../session.js';
import { useText } from '../text/text.js';
import { AskAlike } from './ask-alike.js';
import { State } from './state.js';
import { Time } from './values.js';

const everyMs = 5_000;

export function Health() {
  const { t } = useText();
  const { service } = useSession();
  const health = useLoading('health', (signal) => service.health(signal), everyMs);
  const value = health.answer?.value;
  const isWell = value?.status === 'ok';
  return (
    <>
      <State of={health} />
      {value && (
        <div class={isWell ? 'state state-good' : 'state state-warn'} role="status">
          <p>
            <strong>{t(isWell ? 'healthOk' : 'healthDegraded')}</strong> ·{' '}
            {t(value.redis === 'up' ? 'redisUp' : value.redis === 'down' ? 'redisDown' : 'redisNone')}
          </p>
          <ul class="plain">
            {value.reasons.map(({ part, why, since }) => (
              <li key={part}>
                {part}: {why} · <Time at={since} />
              </li>
            ))}
          </ul>
          {value.details && (
            <p class="quiet">
              {t('release')} {value.details.release} · {t('instance')} {value.details.instance} ·{' '}
              {t('started')} <Time at={value.details.startedAt} />
            </p>
          )}
        </div>
      )}
      {value && <AskAlike questions={[{ path: '/health', method: 'getHealth', filters: {} }]} />}
    </>
  );
}
