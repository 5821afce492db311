/** Checks the header that names the region. In reality a wrong region reaches another region's gateway. */
import { invalidParameter } from '../refusal.js';
import type { ApiCall } from './api-call.js';

export function requireRegion({ regionHeader, settings }: ApiCall): void {
  const region = regionHeader?.trim() ?? '';
  if (region === '') throw invalidParameter('region', 'header is required');
  if (region !== settings.region) throw invalidParameter('region', `header must be ${settings.region}`);
}
