import { useState } from 'preact/hooks';
import type { TextKey } from '../text/en.js';
import { useText } from '../text/text.js';

/** Asks for the key once. */
export function SignIn({
  fault,
  onKey,
}: {
  fault: TextKey | undefined;
  onKey: (key: string) => Promise<void>;
}) {
  const { t } = useText();
  const [key, setKey] = useState('');
  const [isAsking, setAsking] = useState(false);
  const [isUnreachable, setUnreachable] = useState(false);
  return (
    <main class="sign-in">
      <h1>{t('title')}</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setAsking(true);
          setUnreachable(false);
          onKey(key.trim()).then(
            () => setAsking(false),
            () => {
              setAsking(false);
              setUnreachable(true);
            },
          );
        }}
      >
        <label>
          {t('key')}
          <input
            type="password"
            autocomplete="off"
            required
            autofocus
            value={key}
            onInput={({ currentTarget }) => setKey(currentTarget.value)}
          />
        </label>
        <p class="quiet">{t('keyHelp')}</p>
        <p role="alert" class="fault">
          {isUnreachable ? t('keyUnanswered') : fault && t(fault)}
        </p>
        <button type="submit" disabled={isAsking}>
          {t('signIn')}
        </button>
      </form>
    </main>
  );
}
