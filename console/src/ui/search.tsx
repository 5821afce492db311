/** The search boxes: what people type, as filters of the address. Images and hosts have the same. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { changed, type Filters } from '../filters.js';
import type { TextKey } from '../text/en.js';
import { useText } from '../text/text.js';

const boxes = [
  { name: 'q', label: 'imageBox', hint: 'imageBoxHint' },
  { name: 'fileName', label: 'fileBox', hint: 'fileBoxHint' },
  { name: 'os', label: 'osBox', hint: 'osBoxHint' },
] as const;

interface Props {
  filters: Filters;
  onChange: (next: Filters, isTyping?: boolean) => void;
  sorts: readonly { value: string; label: TextKey }[];
}

export function Search({ filters, onChange, sorts }: Props) {
  const { t } = useText();
  const sort = filters['sort'] ?? sorts[0]?.value ?? '';
  return (
    <search>
      <form class="search" onSubmit={(event) => event.preventDefault()}>
        {boxes.map(({ name, label, hint }) => (
          <label key={name}>
            {t(label)}
            <Box
              value={filters[name] ?? ''}
              hint={t(hint)}
              isFirst={name === 'q' && matchMedia('(pointer: fine)').matches}
              onText={(text) => onChange(changed(filters, name, text), true)}
            />
          </label>
        ))}
        <label>
          {t('sort')}
          <select
            value={sort}
            onChange={({ currentTarget }) =>
              onChange(
                changed(filters, 'sort', currentTarget.value === sorts[0]?.value ? '' : currentTarget.value),
              )
            }
          >
            {sorts.map(({ value, label }) => (
              <option key={value} value={value}>
                {t(label)}
              </option>
            ))}
          </select>
        </label>
        <label class="tick">
          <input
            type="checkbox"
            checked={filters['running'] === 'true'}
            onChange={({ currentTarget }) =>
              onChange(changed(filters, 'running', currentTarget.checked ? 'true' : ''))
            }
          />
          {t('runningOnly')}
        </label>
        {Object.keys(filters).length > 0 && (
          <button type="button" onClick={() => onChange({})}>
            {t('clear')}
          </button>
        )}
      </form>
    </search>
  );
}

/** How long typing pauses before the text is a question. */
const pauseMs = 200;

/** A box that asks when typing pauses, and follows the address when the address changes elsewhere. */
function Box({
  value,
  hint,
  isFirst,
  onText,
}: {
  value: string;
  hint: string;
  isFirst: boolean;
  onText: (text: string) => void;
}) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const tell = useRef(onText);
  tell.current = onText;
  useEffect(() => {
    if (value !== told.current) setText(value);
    told.current = value;
  }, [value]);
  useEffect(() => {
    if (text === told.current) return undefined;
    const timer = setTimeout(() => {
      told.current = text;
      tell.current(text);
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      type="search"
      placeholder={hint}
      spellcheck={false}
      autocomplete="off"
      maxLength={255}
      autofocus={isFirst}
      value={text}
      onInput={({ currentTarget }) => setText(currentTarget.value)}
    />
  );
}
