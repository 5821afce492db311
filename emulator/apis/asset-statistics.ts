/**
 * ShowImageAssetStatistics: how many images HSS lists. The two counts of lists are the totals of the lists, since HSS
 * does not say how it counts otherwise.
 */
import type { ApiCall } from './api-call.js';
import { visibleRows } from './enterprise-projects.js';

export function showAssetStatistics(call: ApiCall): object {
  const { localRows, registryImages, cicdIds } = call.data;
  return {
    local_num: visibleRows(call, localRows).length,
    cicd_num: cicdIds.length,
    registry_num: visibleRows(call, registryImages).length,
  };
}
