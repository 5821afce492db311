import { randomInt } from 'node:crypto';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const lettersAndSmall = `${letters}abcdefghijklmnopqrstuvwxyz`;

/** A new access key for official clients, in the form of Huawei's: 20 and 40 letters and digits. Secret scanners find `HBFF`. */
export function newAccessKey(): { ak: string; sk: string } {
  return { ak: `HBFF${randomText(letters, 16)}`, sk: randomText(lettersAndSmall, 40) };
}

function randomText(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
