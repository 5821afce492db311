import { createHmac, randomBytes } from 'node:crypto';

/** Eight characters for the id, and 256 bits for the secret. */
const form = /^([A-Za-z0-9_-]{8})\.([A-Za-z0-9_-]{43})$/;

/**
 * The key that authenticates cursors and marks. A new key is random. With Redis all instances of a fleet use the key
 * that the head of the catalog's log holds: StoredLog proposes this key there, or adopts the key that it finds. Without
 * Redis the key lives as long as the process. The text of the key is a secret, so no log line may hold it.
 */
export class CursorKey {
  #text = `${randomBytes(6).toString('base64url')}.${randomBytes(32).toString('base64url')}`;

  /** The key as the head of the log holds it. */
  get text(): string {
    return this.#text;
  }

  /**
   * Eight characters: every cursor names the key and the form that it was written with. Unencrypted cursors of former
   * builds name the id in the key's text, so they are of another key here, and the other way round.
   */
  get id(): string {
    return createHmac('sha256', this.secret).update('id of encrypted texts').digest('base64url').slice(0, 8);
  }

  get secret(): string {
    return this.#text.slice(9);
  }

  /** @returns false for a text that is no key. */
  adopt(text: string): boolean {
    if (!form.test(text)) return false;
    this.#text = text;
    return true;
  }
}
