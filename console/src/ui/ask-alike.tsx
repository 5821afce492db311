/** How to get the same from the API: a curl line, a line of the TypeScript client, an export. */
import { useState } from 'preact/hooks';
import { clientLine, curlLine } from '../commands.js';
import type { Filters } from '../filters.js';
import { origin } from '../service.js';
import { useSession } from '../session.js';
import { useText } from '../text/text.js';

export interface Question {
  /** Below the address of the service. */
  path: string;
  /** The client's method, with what stands in the path. */
  method: string;
  pathValues?: Filters;
  filters: Filters;
  /** A fresh answer, or none. */
  isStrict?: boolean;
}

/** @param exports the filters of the rows that the view exports. */
export function AskAlike({ questions, exports }: { questions: readonly Question[]; exports?: Filters }) {
  const { t } = useText();
  return (
    <details class="ask-alike">
      <summary>{t('askAlike')}</summary>
      {questions.map((question) => (
        <Lines key={question.path} of={question} />
      ))}
      {exports && <Exports filters={exports} />}
    </details>
  );
}

function Lines({ of: question }: { of: Question }) {
  const { path, filters, isStrict } = question;
  return (
    <>
      <Copied name="curl" text={curlLine(origin, path, filters, isStrict)} />
      <Copied name="TypeScript" text={clientLine(question)} />
    </>
  );
}

export function Copied({ name, text }: { name: string; text: string }) {
  const { t } = useText();
  const [isCopied, setCopied] = useState(false);
  return (
    <div class="copied">
      <span class="quiet">{name}</span>
      <code tabIndex={0}>{text}</code>
      <button
        onClick={() => {
          void navigator.clipboard.writeText(text).then(() => setCopied(true));
        }}
      >
        {isCopied ? t('copied') : t('copy')}
      </button>
    </div>
  );
}

function Exports({ filters }: { filters: Filters }) {
  const { t } = useText();
  const { service, can } = useSession();
  if (!can('export')) return null;
  const [fault, setFault] = useState('');
  const save = async (format: 'csv' | 'ndjson') => {
    setFault('');
    try {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await service.export(filters, format));
      link.download = `${filters['of'] ?? 'images'}.${format}`;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      setFault(t('failed', { title: error instanceof Error ? error.message : '' }));
    }
  };
  return (
    <p>
      <button onClick={() => void save('csv')}>{t('exportCsv')}</button>{' '}
      <button onClick={() => void save('ndjson')}>{t('exportNdjson')}</button>{' '}
      <span role="alert">{fault}</span>
    </p>
  );
}
