import { describe, expect, test } from 'vitest'
import { mergeExpositions } from '../src/index.ts'

const media = `# HELP a_total A.
# TYPE a_total counter
a_total{kind="x"} 1
a_total{kind="}"} 2

# HELP h H.
# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="+Inf"} 2
h_sum 3
h_count 2
`

describe('one exposition of several', () => {
  test('HELP and TYPE come once, samples of one metric stand together, each with its role', () => {
    const text = mergeExpositions(
      new Map([
        ['media', media],
        ['jobs', '# HELP a_total A.\n# TYPE a_total counter\na_total 4 1700000000000\n'],
      ]),
    )
    expect(text.match(/# TYPE a_total/g)).toHaveLength(1)
    expect(text).toContain('a_total{role="media",kind="x"} 1\na_total{role="media",kind="}"} 2\na_total{role="jobs"} 4 1700000000000\n')
    expect(text).toContain('h_bucket{role="media",le="+Inf"} 2\nh_sum{role="media"} 3\nh_count{role="media"} 2\n')
  })

  test('a metric without samples leaves no comment behind', () => {
    expect(mergeExpositions(new Map([['media', '# HELP n N.\n# TYPE n gauge\n']]))).not.toContain('# HELP n')
  })

  test('no role up is still an exposition', () => {
    expect(mergeExpositions(new Map([['media', undefined]]))).toBe(
      '# HELP strowger_up 1 when the role answers.\n# TYPE strowger_up gauge\nstrowger_up{role="media"} 0\n',
    )
  })
})
