/** Would this image pass a gate, and why not? The question is strict, as a gate of CI asks: a fresh answer or none. */
import { useState } from 'preact/hooks';
import { formatAge } from '../format.js';
import { useLoading, useNow } from '../loading.js';
import { useSession } from '../session.js';
import { severityText, useText } from '../text/text.js';
import { limitAbove, verdictOf, type Allowed } from '../verdict.js';
import { AskAlike } from './ask-alike.js';
import { State } from './state.js';

const include = { include: 'image' };
const looks = { pass: 'state state-good', fail: 'state state-bad', unknown: 'state state-warn' };

export function Gate({ imageId }: { imageId: string }) {
  const { t } = useText();
  const { service } = useSession();
  const [allowed, setAllowed] = useState<Allowed>('medium');
  const [isAsked, setAsked] = useState(false);
  const asked = useLoading(isAsked ? imageId : null, (signal) => service.strictImage(imageId, signal));
  const { answer, trouble, nextTryAt } = asked;
  return (
    <section>
      <h2>{t('gate')}</h2>
      <div class="fields">
        <label>
          {t('gateAllowed')}{' '}
          <select
            value={allowed}
            onChange={({ currentTarget }) => setAllowed(currentTarget.value as Allowed)}
          >
            {(Object.keys(limitAbove) as Allowed[]).map((word) => (
              <option key={word} value={word}>
                {t(word)}
              </option>
            ))}
          </select>
        </label>
        <button onClick={() => (isAsked ? asked.again() : setAsked(true))}>{t('gateAsk')}</button>
      </div>
      <div role="status">
        {trouble?.problem && nextTryAt === undefined ? (
          <p class={looks.unknown}>{t('gateUnknown', { title: trouble.problem.detail })}</p>
        ) : (
          isAsked && <State of={asked} />
        )}
        {!trouble && answer && <Outcome image={answer.value} allowed={allowed} />}
      </div>
      {isAsked && (
        <AskAlike
          questions={[
            {
              path: `/v1/images/${encodeURIComponent(imageId)}`,
              method: 'getImage',
              pathValues: { imageId },
              filters: include,
              isStrict: true,
            },
          ]}
        />
      )}
    </section>
  );
}

function Outcome({ image, allowed }: { image: Parameters<typeof verdictOf>[0]; allowed: Allowed }) {
  const { t, language } = useText();
  const now = useNow();
  const { outcome, why } = verdictOf(image, limitAbove[allowed]);
  const scannedAt = image.image?.scan?.scannedAt;
  const filled = {
    severity: severityText(image.image?.severity, t),
    allowed: t(allowed),
    age: scannedAt ? formatAge(scannedAt, now, language) : t('notKnown'),
  };
  return <p class={looks[outcome]}>{t(why, filled)}</p>;
}
