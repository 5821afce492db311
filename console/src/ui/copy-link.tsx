/** Copies the address of the page. It holds the filters, and neither key nor cursor. */
import { useEffect, useState } from 'preact/hooks';
import { useText } from '../text/text.js';

export function CopyLink() {
  const { t } = useText();
  const { href } = location;
  const [copied, setCopied] = useState('');
  useEffect(() => setCopied(''), [href]);
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
