/**
 * Sends an answer, whole or damaged by a fault, and completes the journal entry. Every wait ends when the
 * consumer leaves or the emulator stops, so nothing outlives close().
 */
import { once } from 'node:events';
import type { Answer } from '../answer.js';
import type { Exchange } from '../exchange.js';
import type { WireFault } from './faults.js';
import type { JournalEntry, Outcome } from './journal.js';

const dripsPerSecond = 20;
const hugeBytes = 40 * 1024 * 1024;
const chunkBytes = 64 * 1024;

export async function deliver(
  exchange: Exchange,
  entry: JournalEntry,
  answer: Answer,
  fault: WireFault | undefined,
): Promise<void> {
  if (answer.errorCode !== undefined) entry.errorCode = answer.errorCode;
  switch (fault?.kind) {
    case undefined:
      sendWhole(exchange, entry, answer);
      return;
    case 'latency':
      await exchange.pause(fault.ms);
      sendWhole(exchange, entry, answer);
      return;
    case 'hang':
      settle(entry, 'hang');
      return;
    case 'reset':
      settle(entry, 'reset');
      exchange.request.socket.resetAndDestroy();
      return;
    case 'truncate':
      truncate(exchange, entry, answer);
      return;
    case 'drip':
      return drip(exchange, entry, answer, fault.bytesPerSecond);
    case 'huge':
      return sendHuge(exchange, entry, fault.bytes ?? hugeBytes);
  }
}

export function settle(entry: JournalEntry, outcome: Outcome): void {
  entry.outcome = outcome;
  entry.finishedAtMs = performance.now();
}

/**
 * The entry is completed before the last byte is sent: a test that has its answer finds the outcome in the journal.
 */
function sendWhole(exchange: Exchange, entry: JournalEntry, answer: Answer): void {
  settle(entry, answer.status);
  exchange.send(answer);
}

function truncate(exchange: Exchange, entry: JournalEntry, answer: Answer): void {
  const packet = exchange.pack(answer, false);
  settle(entry, 'truncated');
  exchange.response.writeHead(packet.status, packet.headers);
  const half = packet.bytes.subarray(0, Math.floor(packet.bytes.length / 2));
  exchange.response.write(half, () => exchange.request.socket.destroy());
}

async function drip(
  exchange: Exchange,
  entry: JournalEntry,
  answer: Answer,
  bytesPerSecond: number,
): Promise<void> {
  const packet = exchange.pack(answer, false);
  const bytesPerDrip = Math.max(1, Math.floor(bytesPerSecond / dripsPerSecond));
  const pauseMs = (bytesPerDrip / bytesPerSecond) * 1000;
  exchange.response.writeHead(packet.status, packet.headers);
  exchange.response.flushHeaders();
  for (let sent = 0; sent < packet.bytes.length; sent += bytesPerDrip) {
    await exchange.pause(pauseMs);
    exchange.response.write(packet.bytes.subarray(sent, sent + bytesPerDrip));
  }
  settle(entry, packet.status);
  exchange.response.end();
}

async function sendHuge(exchange: Exchange, entry: JournalEntry, bytes: number): Promise<void> {
  const packed = exchange.pack({ status: 200, body: {} }, false);
  // The body is streamed, so the Content-Length of the packed placeholder would be wrong.
  const headers = Object.entries(packed.headers).filter(([name]) => name !== 'Content-Length');
  exchange.response.writeHead(200, Object.fromEntries(headers));
  exchange.response.write('{"total_num":1,"data_list":[{"file_name":"');
  const chunk = Buffer.alloc(chunkBytes, 'x');
  for (let left = bytes; left > 0; left -= chunkBytes) {
    const roomLeft = exchange.response.write(left < chunkBytes ? chunk.subarray(0, left) : chunk);
    if (!roomLeft) await once(exchange.response, 'drain', { signal: exchange.gone });
  }
  settle(entry, 200);
  exchange.response.end('"}]}');
}
