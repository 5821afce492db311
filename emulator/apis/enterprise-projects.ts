/**
 * Selects the rows that a caller may see. A call without the parameter sees the default project. An
 * unknown project and a project that the user was not granted are refused as missing permission (HSS.0013), as HSS
 * documents.
 */
import { hssRefusal } from '../refusal.js';
import type { ApiCall } from './api-call.js';

interface Owned {
  readonly enterpriseProjectId: string;
}

export function visibleRows<Row extends Owned>(call: ApiCall, rows: readonly Row[]): readonly Row[] {
  const all = call.data.enterpriseProjects;
  const granted = call.user.enterpriseProjects ?? all;
  const asked = call.parameters.text('enterprise_project_id', 256);
  if (asked === undefined && call.settings.requireEnterpriseProject) throw insufficient('(none)');
  if (asked === 'all_granted_eps')
    return granted === all ? rows : rows.filter((row) => granted.includes(row.enterpriseProjectId));
  const wanted = asked ?? '0';
  if (!granted.includes(wanted)) throw insufficient(wanted);
  return rows.filter((row) => row.enterpriseProjectId === wanted);
}

const insufficient = (id: string) =>
  hssRefusal('HSS.0013', `Insufficient permissions for the enterprise project ${id}`);
