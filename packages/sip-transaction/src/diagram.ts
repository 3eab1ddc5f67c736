/** Draws transition tables as Mermaid state diagrams; the docs' figures come from here, so they cannot disagree with the code. RFC 3261 §17. */
import { MACHINES } from './machines.ts'
import type { Table } from './table.ts'

/** A table to draw, of this package or another. */
export interface Drawn {
  /** The heading. */
  readonly name: string
  /** RFC clauses, or a sentence with them. */
  readonly clause: string
  /** The first state is where it starts. */
  readonly table: Table<string, string, string>
}

/** A package whose tables are drawn. */
export interface DrawnPackage {
  /** As it is published. */
  readonly name: string
  /** In the order of the page. */
  readonly machines: readonly Drawn[]
}

/** `stateDiagram-v2` source: `event / effect, effect`. Events that lead to the same place with the same effects share an arrow. */
export function diagram(table: Table<string, string, string>): string {
  const states = Object.keys(table)
  const arrows = states.flatMap(state => {
    const events = new Map<string, { readonly to: string; readonly effects: string; readonly names: string[] }>()
    for (const [event, cell] of Object.entries(table[state] ?? {})) {
      const [to, effects] = [cell?.to ?? state, cell?.effects.join(', ') ?? '']
      const key = `${to}/${effects}`
      const arrow = events.get(key) ?? { to, effects, names: [] }
      arrow.names.push(event)
      events.set(key, arrow)
    }
    return [...events.values()].map(({ to, effects, names }) => {
      const label = effects === '' ? names.join(' or ') : `${names.join(' or ')} / ${effects}`
      return `  ${drawnName(state)} --> ${drawnName(to)}: ${label.replaceAll(':', '#58;')}`
    })
  })
  return ['stateDiagram-v2', `  [*] --> ${states[0]}`, ...arrows].join('\n')
}

/** The tables of this package. */
export const TRANSACTION_MACHINES: DrawnPackage = { name: '@strowger/sip-transaction', machines: MACHINES }

/** The whole of `docs/state-machines.md`. */
export function stateMachinesPage(packages: readonly DrawnPackage[]): string {
  const contents = packages.map(({ name, machines }) => `- \`${name}\`: ${machines.map(each => link(each.name)).join(', ')}`)
  const sections = packages.flatMap(({ machines }) =>
    machines.map(({ name, clause, table }) => `## ${name}\n\n${clause}\n\n\`\`\`mermaid\n${diagram(table)}\n\`\`\`\n`),
  )
  const intro =
    'Generated from the transition tables that run, by `npm run docs`; do not edit.\n' +
    'An arrow reads `event or event / effects`. An event without an arrow is ignored.\n' +
    'In a transaction, entering a state stops the timers that it does not list.\n'
  return `# State machines\n\n${intro}\n${contents.join('\n')}\n\n${sections.join('\n')}`
}

/** The state in which nothing is left is where Mermaid ends. */
function drawnName(state: string): string {
  return OVER.has(state) ? '[*]' : state
}

function link(heading: string): string {
  return `[${heading}](#${heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')})`
}

const OVER: ReadonlySet<string> = new Set(['terminated', 'ended', 'gone'])
