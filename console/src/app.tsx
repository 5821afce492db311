/** The frame of all pages: navigation, language, session. */
import { LocationProvider, Route, Router, useLocation } from 'preact-iso';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Language } from './format.js';
import { HostPage } from './pages/host.js';
import { HostsPage } from './pages/hosts.js';
import { ImagePage } from './pages/image.js';
import { ImagesPage } from './pages/images.js';
import { OperatePage } from './pages/operate.js';
import { home, placeOf } from './place.js';
import { basePath } from './service.js';
import { SignedIn, useSession } from './session.js';
import { searchLeft } from './visited-pages.js';
import { LanguageContext, preferredLanguage, useText } from './text/text.js';

const languageName = 'hss-bff.language';

export function App() {
  const [language, setLanguage] = useState(() =>
    preferredLanguage(localStorage.getItem(languageName), navigator.languages),
  );
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const choose = (next: Language) => {
    localStorage.setItem(languageName, next);
    setLanguage(next);
  };
  return (
    <LanguageContext.Provider value={language}>
      <LocationProvider scope={home}>
        <SignedIn>
          <Header onLanguage={choose} />
          <main id="main" tabIndex={-1}>
            <Router>
              <Route path={`${home}/images`} component={ImagesPage} />
              <Route path={`${home}/images/:imageId`} component={ImagePage} />
              <Route path={`${home}/hosts`} component={HostsPage} />
              <Route path={`${home}/hosts/:hostId`} component={HostPage} />
              <Route path={`${home}/operate`} component={OperatePage} />
              <Route default component={ImagesPage} />
            </Router>
          </main>
        </SignedIn>
      </LocationProvider>
    </LanguageContext.Provider>
  );
}

function Header({ onLanguage }: { onLanguage: (language: Language) => void }) {
  const { t, language } = useText();
  const { me, signOut, can } = useSession();
  const { path } = useLocation();
  const links = [
    { page: 'images', name: t('images') },
    ...(can('hosts') ? [{ page: 'hosts', name: t('hosts') }] : []),
    { page: 'operate', name: t('operate') },
  ];
  const current = links.find(({ page }) => path.startsWith(`${home}/${page}`)) ?? links[0];
  // From one image or host the link leads back to the list as it was left.
  const hrefOf = (page: string) =>
    placeOf(page) + (path.startsWith(`${home}/${page}/`) ? searchLeft(page) : '');
  const shown = useRef(path);
  useEffect(() => {
    document.title = `${current?.name} · hss-bff`;
    // Who moves by keyboard or listens goes on where the new page begins.
    if (shown.current !== path) document.getElementById('main')?.focus({ preventScroll: true });
    shown.current = path;
  }, [path, language]);
  return (
    <header>
      <nav>
        {links.map(({ page, name }) => (
          <a
            key={page}
            href={hrefOf(page)}
            aria-current={path.startsWith(`${home}/${page}`) ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
        <a href={`${basePath}/docs`}>{t('docs')}</a>
      </nav>
      <span class="who">
        <span class="quiet" title={t('signedInAs', { consumer: me.consumer })}>
          <span class="for-readers">{t('signedInAs', { consumer: '' })}</span>
          {me.consumer}
        </span>{' '}
        <label>
          <span class="for-readers">{t('language')}</span>
          <select
            value={language}
            onChange={({ currentTarget }) => onLanguage(currentTarget.value === 'zh' ? 'zh' : 'en')}
          >
            <option value="en">English</option>
            <option value="zh">中文</option>
          </select>
        </label>{' '}
        {signOut && <button onClick={signOut}>{t('signOut')}</button>}
      </span>
    </header>
  );
}
