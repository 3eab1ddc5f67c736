/** C++ has the same layouts and is held to the same verdicts: the generated headers are up to date. RFC 3550 §5, §6. */
import { readVectorFile } from '@strowger/testkit'
import { describe, expect, it } from 'vitest'
import { layoutHeader, vectorHeader } from './cpp.ts'

const NATIVE = new URL('../../../native/', import.meta.url).pathname
const vectorsOf = (name: string) => readVectorFile(new URL(`./vectors/${name}.md`, import.meta.url))

describe('the headers of C++', () => {
  it('have the layouts of the tables', async () => {
    await expect(layoutHeader()).toMatchFileSnapshot(`${NATIVE}rtp/layout.h`)
  })

  it('have the vectors with their verdicts', async () => {
    const alone = [...vectorsOf('feedback'), ...vectorsOf('extended')]
    await expect(vectorHeader(vectorsOf('rtp'), vectorsOf('rtcp'), alone)).toMatchFileSnapshot(`${NATIVE}test/rtp_vectors.h`)
  })
})
