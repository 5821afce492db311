/** Who looks at the pages. The key lives in the session storage of this tab, and nowhere else. */
import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { SignIn } from './pages/sign-in.js';
import { useText } from './text/text.js';
import { origin, Service, troubleOf, type Me } from './service.js';

interface Session {
  service: Service;
  me: Me;
  can: (scope: string) => boolean;
  /** Null when a proxy adds a token to each request, so that there is no key to forget. */
  signOut: (() => void) | null;
}

const keyName = 'hss-bff.key';
/** What a header can carry. No key has other characters, as a copied one can have by mistake. */
const keyText = /^[\x21-\x7e]*$/;
const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('Only a signed-in page asks for the session');
  return session;
}

type Entry =
  | { state: 'asking'; isUnreachable: boolean }
  | { state: 'out'; isRefused: boolean }
  | { state: 'in'; me: Me };

/** Shows the pages to whoever is known to the service, and the form for the key to everybody else. */
export function SignedIn({ children }: { children: ComponentChildren }) {
  const [key, setKey] = useState(() => sessionStorage.getItem(keyName));
  const [entry, setEntry] = useState<Entry>({ state: 'asking', isUnreachable: false });
  const [wasIn, setWasIn] = useState(false);
  const { t } = useText();

  const forget = (isRefused: boolean) => {
    sessionStorage.removeItem(keyName);
    setKey(null);
    setEntry({ state: 'out', isRefused });
  };
  const enter = async (tried: string | null, signal: AbortSignal, patiently: boolean) => {
    if (tried !== null && !keyText.test(tried)) {
      forget(true);
      return;
    }
    for (;;) {
      try {
        const { value } = await new Service(tried).me(signal);
        if (signal.aborted) return;
        if (tried !== null) sessionStorage.setItem(keyName, tried);
        setKey(tried);
        setEntry({ state: 'in', me: value });
        setWasIn(true);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const { problem } = troubleOf(error);
        // Only the service's own word ends a key: a busy service says nothing about the key.
        if (problem?.status === 401) {
          forget(tried !== null);
          return;
        }
        if (!patiently) throw error;
        setEntry({ state: 'asking', isUnreachable: true });
        await new Promise((resolve) => setTimeout(resolve, 3_000));
      }
    }
  };
  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    void (async () => {
      // A proxy can add a token of its own; the demo gives its key to this machine.
      await enter(key ?? (await demoKey(signal)), signal, true);
    })();
    return () => ending.abort();
  }, []);

  const session = useMemo<Session | null>(() => {
    if (entry.state !== 'in') return null;
    const { me } = entry;
    return {
      service: new Service(key, () => forget(true)),
      me,
      can: (scope) => me.scopes.includes(scope) || (scope === 'watch' && me.scopes.includes('admin')),
      signOut: key === null ? null : () => forget(false),
    };
  }, [entry, key]);

  if (entry.state === 'asking')
    return (
      <main class="sign-in">
        <p class={entry.isUnreachable ? 'state state-warn' : 'state'} role="status">
          {t(entry.isUnreachable ? 'unreachable' : 'loading')}
        </p>
      </main>
    );
  if (session) return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
  const isRefused = entry.state === 'out' && entry.isRefused;
  return (
    <SignIn
      fault={isRefused ? (wasIn ? 'keyEnded' : 'keyRefused') : undefined}
      onKey={(typed) => enter(typed, new AbortController().signal, false)}
    />
  );
}

/** The key of the demo. The route exists in the demo only, and answers this machine only. */
async function demoKey(signal: AbortSignal): Promise<string | null> {
  if (document.getElementById('app')?.dataset['demo'] === undefined) return null;
  try {
    const response = await fetch(`${origin}/console/demo-key`, { signal });
    return response.ok ? ((await response.json()) as { key: string }).key : null;
  } catch {
    return null;
  }
}
