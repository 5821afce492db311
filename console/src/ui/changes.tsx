/** What changed about one image, newest first, as far back as the service knows. */
import { useLoading } from '../loading.js';
import type { Change } from '../service.js';
import { useSession } from '../session.js';
import { severityText, useText, type Translate } from '../text/text.js';
import { State } from './state.js';
import { Time } from './values.js';

const most = '1000';
const mostShown = 20;

export function Changes({ imageId }: { imageId: string }) {
  const { t } = useText();
  const { service } = useSession();
  const list = useLoading(imageId, (signal) => service.changes({ imageId, limit: most }, signal));
  const changes = list.answer?.value.items.toReversed().slice(0, mostShown);
  return (
    <>
      <State of={list} />
      {changes?.length === 0 && <p class="quiet">{t('noChanges')}</p>}
      <ul class="plain">
        {changes?.map((change, index) => (
          <li key={index}>
            <Time at={change.at} /> {textOf(change, t)}
          </li>
        ))}
      </ul>
    </>
  );
}

function textOf({ kind, before, after, hostName, hostId }: Change, t: Translate): string {
  const host = hostName ?? hostId ?? '';
  switch (kind) {
    case 'appeared':
      return t('changeAppeared');
    case 'disappeared':
      return t('changeDisappeared');
    case 'scanned':
      return t('changeScanned');
    case 'severity-changed':
      return t('changeSeverity', { before: severityText(before, t), after: severityText(after, t) });
    case 'came-to-host':
      return t('changeCame', { host });
    case 'left-host':
      return t('changeLeft', { host });
    default:
      return kind;
  }
}
