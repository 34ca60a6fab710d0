// The order in which a newcomer wants to see the catalog: what can be talked to and fits, before what can't.
import type { CatalogModel } from '../api/types';

/** Models of the same use stay in the catalog's order. */
export function by_use(models: readonly CatalogModel[]): CatalogModel[] {
  const rank = ({ purposes, fits }: CatalogModel): number =>
    (fits ? 0 : 1) + (purposes.includes('chat') ? 0 : purposes.length > 0 ? 2 : 4);
  return [...models].sort((a, b) => rank(a) - rank(b));
}
