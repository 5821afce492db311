/** The files of an image: a tree of directories, searched by the service, loaded page by page. */
import { useEffect, useState } from 'preact/hooks';
import { formatBytes } from '../format.js';
import { useLoading } from '../loading.js';
import { treeOf, type Tree } from '../file-tree.js';
import type { ImageFile } from '../service.js';
import { useSession } from '../session.js';
import { useText } from '../text/text.js';
import { Count } from './values.js';
import { State } from './state.js';

const pageSize = 200;
const pauseMs = 250;

export function Files({ imageId, total }: { imageId: string; total: string | null }) {
  const { t } = useText();
  const { service } = useSession();
  const [text, setText] = useState('');
  const [fileName, setFileName] = useState('');
  const [limit, setLimit] = useState(pageSize);
  // A search is a call of HSS. When all files are there, the page searches them itself.
  const [isWhole, setWhole] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setFileName(text.trim());
      if (!isWhole) setLimit(pageSize);
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [text]);

  const asked = isWhole ? '' : fileName;
  const list = useLoading(JSON.stringify([imageId, asked, limit]), async (signal) => {
    const found: ImageFile[] = [];
    for (;;) {
      const { value, asOf } = await service.files(
        imageId,
        {
          limit: String(pageSize),
          offset: String(found.length),
          ...(asked === '' ? {} : { fileName: asked }),
        },
        signal,
      );
      found.push(...value.items);
      const isEnd = value.next === null || value.items.length === 0;
      if (isEnd || found.length >= limit) return { value: { files: found, total: value.total, isEnd }, asOf };
    }
  });
  const { answer } = list;
  useEffect(() => {
    if (asked === '' && answer?.value.isEnd) setWhole(true);
  }, [asked, answer]);
  const files = answer?.value.files.filter(({ name }) => !isWhole || isNamed(name, fileName)) ?? [];
  return (
    <>
      <label>
        {t('filesSearch')}{' '}
        <input
          type="search"
          value={text}
          maxLength={255}
          spellcheck={false}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>{' '}
      <span class="quiet">
        <Count of={isWhole ? files.length : answer ? answer.value.total : total} />
      </span>
      <State of={list} />
      {answer && (
        <>
          {files.length === 0 && <p class="quiet">{t('noneFound')}</p>}
          <Directory tree={treeOf(files)} isOpen={files.length <= pageSize} />
          {!answer.value.isEnd && (
            <button onClick={() => setLimit(answer.value.files.length + pageSize)}>{t('filesMore')}</button>
          )}
        </>
      )}
    </>
  );
}

function isNamed(name: string | null, part: string): boolean {
  return (name ?? '').toLowerCase().includes(part.toLowerCase());
}

function Directory({ tree, isOpen }: { tree: Tree; isOpen: boolean }) {
  const { language } = useText();
  return (
    <ul class="tree">
      {[...tree.directories].map(([name, below]) => (
        <li key={name}>
          <details open={isOpen}>
            <summary>{name}/</summary>
            <Directory tree={below} isOpen={isOpen} />
          </details>
        </li>
      ))}
      {tree.files.map(({ name, sizeBytes }, index) => (
        <li key={`${name ?? ''}${index}`}>
          {name} <span class="quiet">{formatBytes(sizeBytes, language)}</span>
        </li>
      ))}
    </ul>
  );
}
