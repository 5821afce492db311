import { useRoute } from 'preact-iso';
import type { Filters } from '../filters.js';
import { formatBytes } from '../format.js';
import { useLoading } from '../loading.js';
import { placeOf, useTitle } from '../place.js';
import { basePath, type CatalogImage, type MergedImage, type Part } from '../service.js';
import { useSession } from '../session.js';
import type { TextKey } from '../text/en.js';
import { reasonText, scanText, useText } from '../text/text.js';
import { AskAlike, Copied } from '../ui/ask-alike.js';
import { Fact } from '../ui/fact.js';
import { CopyLink } from '../ui/copy-link.js';
import { Changes } from '../ui/changes.js';
import { Files } from '../ui/files.js';
import { Gate } from '../ui/gate.js';
import { Mark } from '../ui/list-foot.js';
import { State } from '../ui/state.js';
import { Count, Finding, findingKinds, Findings, nameOf, Severity, Time } from '../ui/values.js';

const everyMs = 15_000;
/** More hosts than these stand on the page of hosts. */
const mostHosts = 25;

/** One image whole: names, findings, base OS, files, hosts, and where each part comes from. */
export function ImagePage() {
  const { t, language } = useText();
  const { service, can } = useSession();
  const imageId = useRoute().params['imageId'] ?? '';
  const known: Filters = { include: can('hosts') ? 'image,hosts' : 'image' };
  const content: Filters = { include: 'baseOs,files', fileLimit: '1' };
  // The catalog tells image and hosts at once. Base OS and files may have to wait for HSS.
  const first = useLoading(imageId, (signal) => service.image(imageId, known, signal), everyMs);
  const second = useLoading(imageId, (signal) => service.image(imageId, content, signal), everyMs);
  const inCatalog = useLoading(imageId, (signal) => service.images({ imageId, limit: '1' }, signal), everyMs);
  const merged = first.answer?.value;
  const row = inCatalog.answer?.value.items[0];
  const image = merged?.image ?? undefined;
  const read = second.answer?.value;
  /** Of an image that no registry has, HSS cannot be asked for content. */
  const outlook = row?.content?.baseOs;
  useTitle(image && nameOf(image));
  const whole = { include: can('hosts') ? 'image,baseOs,files,hosts' : 'image,baseOs,files' };
  return (
    <>
      <div class="title">
        <h1>{image ? nameOf(image) : row ? nameOf(row) : t('image')}</h1>
        <CopyLink />
      </div>
      <State of={first} />
      {merged && image && (
        <>
          <dl class="facts">
            <Fact name={t('severity')}>
              <Severity of={image.severity} />
            </Fact>
            {findingKinds.map((kind) => (
              <Fact key={kind} name={t(kind)}>
                <Finding of={image.findingCounts[kind]} />
              </Fact>
            ))}
            <Fact name={t('scanStatus')}>
              {scanText(image.scan?.status, t)}
              {image.scan?.scannedAt && (
                <>
                  {' · '}
                  <Time at={image.scan.scannedAt} />
                </>
              )}{' '}
              {image.scan?.failure?.description}
            </Fact>
            <Fact name={t('size')}>{formatBytes(image.sizeBytes, language)}</Fact>
          </dl>
          <Copied name={t('digest')} text={image.digest ?? image.imageId ?? ''} />
          <Gate imageId={imageId} />
          <Hosts merged={merged} row={row} imageId={imageId} />
          <Section title="baseOs">
            {second.trouble?.problem && outlook?.status === 'never' ? (
              <p class="quiet">{reasonText(outlook.reason, t)}</p>
            ) : (
              <State of={second} />
            )}
            <BaseOs baseOs={read?.baseOs} part={read?.parts.baseOs} />
          </Section>
          <Names row={row} />
          <Variants row={row} />
          <Parts parts={{ ...merged.parts, ...read?.parts }} row={row} />
          <Section title="changes">
            <Changes imageId={imageId} />
          </Section>
          {read?.files && (
            <Section title="files">
              <Files imageId={imageId} total={read.files.total} />
            </Section>
          )}
          {merged.catalog && <Mark of={merged.catalog} />}
          <AskAlike
            questions={[
              {
                path: `/v1/images/${encodeURIComponent(imageId)}`,
                method: 'getImage',
                pathValues: { imageId },
                filters: whole,
              },
              {
                path: `/v1/images/${encodeURIComponent(imageId)}/files`,
                method: 'listImageFiles',
                pathValues: { imageId },
                filters: { limit: '200' },
              },
              { path: '/v1/catalog/changes', method: 'listCatalogChanges', filters: { imageId } },
            ]}
            exports={{ imageId }}
          />
        </>
      )}
    </>
  );
}

function Section({ title, children }: { title: TextKey; children: preact.ComponentChildren }) {
  const { t } = useText();
  return (
    <section>
      <h2>{t(title)}</h2>
      {children}
    </section>
  );
}

/** Why a host counts that does not name the digest of the image. */
const relations: Readonly<Record<string, TextKey>> = {
  name: 'byName',
  variant: 'byVariant',
  index: 'byIndex',
};

function Hosts({
  merged: { hosts },
  row,
  imageId,
}: {
  merged: MergedImage;
  row: CatalogImage | undefined;
  imageId: string;
}) {
  const { t } = useText();
  if (!hosts) return null;
  return (
    <Section title="onHosts">
      {hosts.items.length === 0 ? (
        <p class="quiet">{t('noneFound')}</p>
      ) : (
        <ul class="plain">
          {hosts.items.slice(0, mostHosts).map(({ hostId, name, containerCount, matchedBy }, index) => (
            <li key={`${hostId ?? name ?? ''}${index}`}>
              {hostId ? <a href={placeOf(`hosts/${encodeURIComponent(hostId)}`)}>{name ?? hostId}</a> : name}{' '}
              <span class="quiet">
                {t('containers')}: <Count of={containerCount} />
                {relations[matchedBy] && ` · ${t(relations[matchedBy])}`}
              </span>
            </li>
          ))}
        </ul>
      )}
      {(!hosts.complete || (row?.hosts?.total ?? 0) > Math.min(mostHosts, hosts.items.length)) && (
        <p>
          <a href={placeOf('hosts', { q: imageId })}>
            {t('whichHosts')} <Count of={row?.hosts?.total} />
          </a>
        </p>
      )}
    </Section>
  );
}

function BaseOs({ baseOs, part }: { baseOs: MergedImage['baseOs']; part: Part | undefined }) {
  const { t } = useText();
  if (!baseOs) return <p class="quiet">{part && t(part.status === 'failed' ? 'partFailed' : part.status)}</p>;
  return (
    <ul class="plain">
      {baseOs.length === 0 && <li class="quiet">{t('noneFound')}</li>}
      {baseOs.map(({ osName, osVersion, layerDigest }, index) => (
        <li key={index}>
          {osName} {osVersion} <span class="quiet digest">{layerDigest}</span>
        </li>
      ))}
    </ul>
  );
}

/** Every registry row that has this content. */
function Names({ row }: { row: CatalogImage | undefined }) {
  const { t } = useText();
  const entries = row?.entries ?? [];
  if (entries.length === 0) return null;
  return (
    <Section title="identity">
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">{t('image')}</th>
            <th scope="col">{t('registry')}</th>
            <th scope="col">{t('severity')}</th>
            <th scope="col">{t('findings')}</th>
            <th scope="col">{t('updated')}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry, index) => (
            <tr key={entry.entryId ?? index}>
              <th scope="row">{nameOf(entry)}</th>
              <td data-label={t('registry')}>{entry.registryName ?? t('notKnown')}</td>
              <td data-label={t('severity')}>
                <Severity of={entry.severity} />
              </td>
              <td data-label={t('findings')}>
                <Findings of={entry.findingCounts} />
              </td>
              <td data-label={t('updated')}>
                <Time at={entry.updatedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function Variants({ row }: { row: CatalogImage | undefined }) {
  const { t } = useText();
  if (!row?.variants?.length) return null;
  return (
    <Section title="variants">
      <ul class="plain">
        {row.variants.map(({ digest, imageId, scanStatus, findingCounts }, index) => (
          <li key={index}>
            <a href={placeOf(`images/${encodeURIComponent(digest ?? imageId ?? '')}`)} class="digest">
              {digest ?? imageId}
            </a>{' '}
            <span class="quiet">{scanText(scanStatus, t)}</span> <Findings of={findingCounts} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

const partNames = ['image', 'baseOs', 'files', 'hosts'] as const;
const partLabels: Record<(typeof partNames)[number], TextKey> = {
  image: 'image',
  baseOs: 'baseOs',
  files: 'files',
  hosts: 'onHosts',
};

/** Where each part comes from and how old it is; what is not known, and why. */
function Parts({ parts, row }: { parts: MergedImage['parts']; row: CatalogImage | undefined }) {
  const { t } = useText();
  return (
    <Section title="whereFrom">
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">{t('part')}</th>
            <th scope="col">{t('status')}</th>
            <th scope="col">{t('read')}</th>
            <th scope="col">{t('why')}</th>
          </tr>
        </thead>
        <tbody>
          {partNames.map((name) => {
            const part = parts[name];
            if (!part) return null;
            const outlook = name === 'baseOs' || name === 'files' ? row?.content?.[name] : undefined;
            return (
              <tr key={name}>
                <th scope="row">{t(partLabels[name])}</th>
                <td data-label={t('status')} class={`part-${part.status}`}>
                  {t(part.status === 'failed' ? 'partFailed' : part.status)}
                </td>
                <td data-label={t('read')}>
                  <Time at={'fetchedAt' in part ? part.fetchedAt : null} />
                </td>
                <td data-label={t('why')}>
                  {'error' in part ? (
                    <a href={`${basePath}/docs/problems#${part.error.code}`}>{part.error.code}</a>
                  ) : (
                    part.status !== 'fresh' && outlook?.reason && reasonText(outlook.reason, t)
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Section>
  );
}
