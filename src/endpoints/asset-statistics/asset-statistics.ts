import { Flight } from '../../cache/flight.js';
import { keyHashOf } from '../../cache/key-hash.js';
import type { ReadContext } from '../../cache/read-context.js';
import { SingleFlight } from '../../cache/single-flight.js';
import type { HssCall } from '../../hss/hss-call.js';
import type { HssClient } from '../../hss/hss-client.js';
import type { EnterpriseProject } from '../lists/enterprise-project.js';
import { readAssetCounts, type AssetCounts } from './asset-counts.js';

/** The counts with the time at which the call was sent (wall time in ms): HSS may have counted at any moment since. */
export interface FetchedAssetCounts extends AssetCounts {
  fetchedAt: number;
}

/** The catalog asks once a minute. */
const usualFreshMs = 60_000;

/**
 * Asks HSS how many images it lists (ShowImageAssetStatistics). The call has its own call budget. The cache does not
 * keep the counts, because their only use is to notice a change.
 */
export class AssetStatistics {
  readonly #flights = new SingleFlight<FetchedAssetCounts>();
  readonly #call: HssCall;
  readonly #key: string;

  /** @param scope keeps projects, credentials and regions apart in the call budget. No secrets. */
  constructor(
    private readonly client: HssClient,
    enterpriseProject: EnterpriseProject,
    scope: string,
  ) {
    const project = enterpriseProject.id(undefined);
    const path = ['asset', 'statistics'];
    this.#call = { api: 'ShowImageAssetStatistics', path, query: { enterprise_project_id: project } };
    this.#key = keyHashOf([scope, ...path, project ?? ''].map(encodeURIComponent).join('/'));
  }

  /**
   * Asks HSS for the counts of the configured enterprise project. Readers that ask at the same time share one call.
   * `readContext.demand` has no meaning here.
   * @throws UpstreamError: `upstream-unsupported` where the region does not publish the call. Also BudgetRefused,
   * DeadlineExceeded, and CallerGone, when a call that was not sent yet never leaves.
   */
  read(readContext: ReadContext): Promise<FetchedAssetCounts> {
    return this.#flights.run(this.#key, () => this.#start(), readContext);
  }

  #start(): Flight<FetchedAssetCounts> {
    const load = async (flight: Flight<FetchedAssetCounts>) => {
      const { answer, fetchedAt } = await this.client.fetch(this.#call, readAssetCounts, flight);
      return { ...answer, fetchedAt };
    };
    // No other instance stores its counts.
    const lookElsewhere = () => Promise.resolve(undefined);
    return new Flight(this.#key, load, lookElsewhere, usualFreshMs);
  }
}
