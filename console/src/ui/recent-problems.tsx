/** The requests that got no answer lately. Their ids lead to the reasons in the log. */
import { useLoading } from '../loading.js';
import { basePath } from '../service.js';
import { useSession } from '../session.js';
import { useText } from '../text/text.js';
import { AskAlike } from './ask-alike.js';
import { State } from './state.js';
import { Time } from './values.js';

const everyMs = 10_000;

export function RecentProblems() {
  const { t } = useText();
  const { service } = useSession();
  const list = useLoading('problems', (signal) => service.problems(signal), everyMs);
  const items = list.answer?.value.items;
  return (
    <section>
      <h2>{t('problems')}</h2>
      <State of={list} />
      {items?.length === 0 && <p class="quiet">{t('noProblems')}</p>}
      {items && items.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">{t('when')}</th>
              <th scope="col">{t('problem')}</th>
              <th scope="col">{t('hssSaid')}</th>
              <th scope="col">{t('route')}</th>
              <th scope="col">{t('consumer')}</th>
              <th scope="col">{t('requestIdName')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map(({ at, requestId, method, route, consumer, status, code, upstream }) => (
              <tr key={requestId}>
                <th scope="row">
                  <Time at={at} />
                </th>
                <td data-label={t('problem')}>
                  {status} <a href={`${basePath}/docs/problems#${code}`}>{code}</a>
                </td>
                <td data-label={t('hssSaid')}>
                  {upstream ? `${upstream.status} ${upstream.code ?? ''}` : <span class="quiet">–</span>}
                </td>
                <td data-label={t('route')}>
                  {method} {route}
                </td>
                <td data-label={t('consumer')}>{consumer ?? <span class="quiet">–</span>}</td>
                <td data-label={t('requestIdName')} class="whole">
                  <code>{requestId}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {items && (
        <AskAlike questions={[{ path: '/v1/admin/problems', method: 'listRecentProblems', filters: {} }]} />
      )}
    </section>
  );
}
