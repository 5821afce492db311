/** The header that says which region is asked; a wrong one reaches the wrong region's gateway. */
import { invalidParameter } from '../refusal.js';
import type { ApiCall } from './api-call.js';

export function requireRegion({ regionHeader, settings }: ApiCall): void {
  const region = regionHeader?.trim() ?? '';
  if (region === '') throw invalidParameter('region', 'header is required');
  if (region !== settings.region) throw invalidParameter('region', `header must be ${settings.region}`);
}
