/** Which carriers take an external number, in the order to try them: longest prefix, then priority, then weight. */

/** A row of the store's `outgoing_routing`, with the prefix of its pattern. */
export interface OutgoingRoute {
  readonly id: number
  /** Null: for all clients of the brand. */
  readonly clientId: number | null
  /** Of the E.164 number, with `+`; empty matches every number. */
  readonly prefix: string
  readonly mode: 'static' | 'block'
  /** Null only where the mode is `block`. */
  readonly carrierId: number | null
  /** Lower is tried first. */
  readonly priority: number
  /** Greater is tried first among equals. */
  readonly weight: number
  /** Nothing that would be tried after this route's equals is tried. */
  readonly stopper: boolean
}

export type CarrierChoice<R> =
  | { readonly kind: 'routes'; readonly routes: readonly R[] }
  /** Some route that fits forbids the number: 403. */
  | { readonly kind: 'blocked'; readonly route: R }
  | { readonly kind: 'none' }

/** `routes`: those of the brand. Each carrier is offered once, at its best place. */
export function chooseCarriers<R extends OutgoingRoute>(e164: string, clientId: number, routes: Iterable<R>): CarrierChoice<R> {
  const fitting: R[] = []
  for (const route of routes) {
    if (!e164.startsWith(route.prefix) || (route.clientId !== null && route.clientId !== clientId)) continue
    if (route.mode === 'block') return { kind: 'blocked', route }
    fitting.push(route)
  }
  if (fitting.length === 0) return { kind: 'none' }
  fitting.sort((a, b) => compareRank(a, b) || b.weight - a.weight || a.id - b.id)
  return { kind: 'routes', routes: eachCarrierOnce(untilStopper(fitting)) }
}

function compareRank(a: OutgoingRoute, b: OutgoingRoute): number {
  return b.prefix.length - a.prefix.length || a.priority - b.priority
}

function untilStopper<R extends OutgoingRoute>(sorted: readonly R[]): readonly R[] {
  const stopper = sorted.find(route => route.stopper)
  return stopper ? sorted.filter(route => compareRank(route, stopper) <= 0) : sorted
}

function eachCarrierOnce<R extends OutgoingRoute>(sorted: readonly R[]): R[] {
  const seen = new Set<number | null>()
  return sorted.filter(route => !seen.has(route.carrierId) && seen.add(route.carrierId))
}
