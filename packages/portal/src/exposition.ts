/** One Prometheus text from the texts of several roles: each sample gets `role`, each metric its HELP and TYPE once. Text format 0.0.4. */

/** A metric's name with its comments and its samples, which must stand together. */
interface Family {
  help: string | undefined
  type: string | undefined
  readonly samples: string[]
}

/** @param texts what each role said; undefined from a role that does not answer, which gives `strowger_up{role="…"} 0`. */
export function mergeExpositions(texts: ReadonlyMap<string, string | undefined>): string {
  const families = new Map<string, Family>()
  for (const [role, text] of texts) if (text !== undefined) gather(families, role, text)
  const up: Family = {
    help: '# HELP strowger_up 1 when the role answers.',
    type: '# TYPE strowger_up gauge',
    samples: [...texts].map(([role, text]) => `strowger_up${withRole('', role)} ${text === undefined ? 0 : 1}`),
  }
  return [up, ...families.values()].map(familyText).join('\n')
}

function gather(families: Map<string, Family>, role: string, text: string): void {
  let current: Family = { help: undefined, type: undefined, samples: [] }
  for (const line of text.split('\n')) {
    const [, kind, name] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*)/.exec(line) ?? []
    if (kind !== undefined && name !== undefined) {
      current = families.get(name) ?? newFamily(families, name)
      if (kind === 'HELP') current.help ??= line
      else current.type ??= line
      continue
    }
    const sample = labelled(line, role)
    if (sample !== undefined) current.samples.push(sample)
  }
}

function newFamily(families: Map<string, Family>, name: string): Family {
  const family: Family = { help: undefined, type: undefined, samples: [] }
  families.set(name, family)
  return family
}

/** `name{a="b"} 1` → `name{role="media",a="b"} 1`; undefined for a comment or an empty line. */
function labelled(line: string, role: string): string | undefined {
  const [, name, labels, value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S.*)$/.exec(line) ?? []
  return name === undefined ? undefined : `${name}${withRole(labels ?? '', role)} ${value}`
}

function withRole(labels: string, role: string): string {
  return `{role="${role}"${labels === '' ? '' : `,${labels}`}}`
}

function familyText({ help, type, samples }: Family): string {
  if (samples.length === 0) return ''
  return [help, type, ...samples]
    .filter(line => line !== undefined)
    .map(line => `${line}\n`)
    .join('')
}
