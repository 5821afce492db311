/** The texts of the pages in the language of the viewer. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Language } from '../format.js';
import { en, type TextKey, type Texts } from './en.js';
import { zh } from './zh.js';

const texts: Record<Language, Texts> = { en, zh };

export type Translate = (key: TextKey, filled?: Readonly<Record<string, string>>) => string;

interface Words {
  t: Translate;
  language: Language;
}

export const LanguageContext = createContext<Language>('en');

/** The language that the viewer chose here, else the first of the browser's languages that the pages have. */
export function preferredLanguage(chosen: string | null, languages: readonly string[]): Language {
  const known = [chosen ?? '', ...languages].map((each) => each.slice(0, 2).toLowerCase());
  return known.find((each): each is Language => each === 'en' || each === 'zh') ?? 'en';
}

export function useText(): Words {
  const language = useContext(LanguageContext);
  return {
    language,
    t: (key, filled) => (filled ? fill(texts[language][key], filled) : texts[language][key]),
  };
}

function fill(text: string, filled: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => filled[name] ?? whole);
}

const scanTexts: Readonly<Record<string, TextKey>> = {
  'not-scanned': 'scanNone',
  waiting: 'scanWaits',
  scanning: 'scanRuns',
  completed: 'scanCompleted',
  failed: 'scanFailed',
  'download-failed': 'scanNotLoaded',
  oversized: 'scanOversized',
};

/** A word of HSS in the language of the viewer; a word that HSS added stays as it is. */
export function scanText(word: string | null | undefined, t: Translate): string {
  if (word == null) return t('notKnown');
  const key = scanTexts[word];
  return key ? t(key) : word;
}

const reasonTexts: Readonly<Record<string, TextKey>> = {
  'not-read': 'whyNotRead',
  'scanned-again': 'whyScannedAgain',
  'not-scanned': 'scanNone',
  'scan-failed': 'whyScanFailed',
  jfrog: 'whyJfrog',
  'on-hosts-only': 'whyOnHostsOnly',
  'not-scannable': 'whyNotScannable',
  'no-coordinates': 'whyNoCoordinates',
  'not-known-to-hss': 'whyNotKnown',
};

/** Why a part of an image is not known. A reason that is new stays as it is. */
export function reasonText(reason: string, t: Translate): string {
  const key = reasonTexts[reason];
  return key ? t(key) : reason;
}

/** As {@link scanText}. */
export function severityText(word: string | null | undefined, t: Translate): string {
  if (word == null) return t('notAssessed');
  return word === 'none' || word === 'low' || word === 'medium' || word === 'high' ? t(word) : word;
}
