import type { Namespaces } from '../../domain/namespaces.js';
import { Problem } from '../../http/problem.js';
import { invalid } from '../../http/validation.js';
import type { RegistryImagesQuery } from './registry-images.query.js';

/**
 * The filters that keep a list of HSS within a consumer's namespaces. HSS filters by one namespace, so the consumer names
 * one; HSS's pages and totals then hold for the consumer.
 * @throws Problem `invalid-request` without a namespace, `not-found` for one that the consumer does not see.
 */
export function boundsOf(
  { namespace, registryName }: Pick<RegistryImagesQuery, 'namespace' | 'registryName'>,
  namespaces: Namespaces,
): { registryName?: string } {
  if (namespace === undefined)
    throw invalid({ field: 'namespace', message: 'is required: your key sees only some namespaces' });
  const registries = namespaces.registriesOf(namespace);
  if (registries === 'any') return {};
  const [only, ...others] = registries;
  if (only === undefined || (registryName !== undefined && !registries.includes(registryName)))
    throw new Problem('not-found', 'There is no such namespace');
  if (registryName === undefined && others.length > 0)
    throw invalid({
      field: 'registryName',
      message: 'is required: your key sees this namespace in some registries only',
    });
  return { registryName: registryName ?? only };
}
