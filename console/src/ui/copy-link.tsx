/** Copies the address of the page. It holds the filters, and neither key nor cursor. */
import { useEffect, useState } from 'preact/hooks';
import { useText } from '../text/text.js';

const copiedForMs = 4_000;

export function CopyLink() {
  const { t } = useText();
  const { href } = location;
  const [copied, setCopied] = useState('');
  useEffect(() => {
    if (copied === '') return undefined;
    const timer = setTimeout(() => setCopied(''), copiedForMs);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      onClick={() => {
        void navigator.clipboard.writeText(href).then(() => setCopied(href));
      }}
    >
      {t(copied === href ? 'linkCopied' : 'copyLink')}
    </button>
  );
}
