import { hash } from 'node:crypto';

/*
 * Entity tags of answers. A tag is weak: it stays the same while data, statuses, errors and counts stay the same, so
 * that an unchanged answer is a 304 although HSS was read again. Used by the answers and by the hot path.
 */

/** Times at which something was read or may be asked again. The quotes of a text are escaped, so no text matches. */
const moments =
  /"(?:fetchedAt|asOf|retryAt|readAt|walkedAt|deltaAt|updatesAt|countedAt|risksAt)":(?:"[^"]*"|null)/g;
/** The mark of a walk in a link is the time of the first page. */
const walkMark = /("next":"[^"]*[?&]walk=)[^"&]*/g;

/** @param json the text of the answer. */
export function etagOf(json: string): string {
  return `W/"${tagOf(json)}"`;
}

/** The tag of a part of an answer. */
export function tagOf(json: string): string {
  const lasting = json.replace(moments, '').replace(walkMark, '$1');
  return hash('sha1', lasting, 'base64url');
}

/** For an answer whose times are its data. @param json the text of the answer. */
export function etagWithTimes(json: string): string {
  return `W/"${hash('sha1', json, 'base64url')}"`;
}

/** What proxies append to a tag when they compress the answer. */
const codingOfProxy = /(?:--?|;)(?:gzip|br|deflate|zstd)$/;

/**
 * Whether `If-None-Match` names the tag: a list of tags, or `*`. RFC 9110 compares weakly here, so a tag matches with
 * and without `W/`.
 */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  // What most clients send: the tag as they got it.
  if (ifNoneMatch === etag) return true;
  const opaque = opaqueOf(etag);
  return ifNoneMatch.split(',').some((each) => {
    const given = each.trim();
    if (given === '*') return true;
    const text = opaqueOf(given);
    return text !== undefined && (text === opaque || text.replace(codingOfProxy, '') === opaque);
  });
}

function opaqueOf(tag: string): string | undefined {
  return /^(?:W\/)?"([^"]*)"$/.exec(tag)?.[1];
}
