/** Draws a transition table as a Mermaid state diagram; the docs' figures come from here, so they cannot disagree with the code. */
import { MACHINES } from './machines.ts'
import type { Table } from './table.ts'

/** `stateDiagram-v2` source: one arrow per cell, `event / effect, effect`. */
export function diagram(table: Table<string, string, string>): string {
  const states = Object.keys(table)
  const name = (state: string): string => (state === 'terminated' ? '[*]' : state)
  const arrows = states.flatMap(state =>
    Object.entries(table[state] ?? {}).map(([event, cell]) => {
      const effects = cell?.effects.join(', ') ?? ''
      const label = effects === '' ? event : `${event} / ${effects}`
      return `  ${name(state)} --> ${name(cell?.to ?? state)}: ${label.replaceAll(':', '#58;')}`
    }),
  )
  return ['stateDiagram-v2', `  [*] --> ${states[0]}`, ...arrows].join('\n')
}

/** The whole of `docs/state-machines.md`. */
export function stateMachinesPage(): string {
  const sections = MACHINES.map(({ name, clause, table }) => `## ${name}\n\n${clause}\n\n\`\`\`mermaid\n${diagram(table)}\n\`\`\`\n`)
  const intro =
    'Generated from the transition tables of `@strowger/sip-transaction` by `node packages/sip-transaction/scripts/state-machines.mjs`; do not edit.\n' +
    'An arrow reads `event / effects`. An event without an arrow is ignored; entering a state stops the timers that it does not list.\n'
  return `# State machines\n\n${intro}\n${sections.join('\n')}`
}
