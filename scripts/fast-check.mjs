/**
 * fast-check as the tests get it (`vitest.config.ts`): the same cases in each run, so that a run is red for what was changed and for nothing else.
 * `STROWGER_SEED=random npm test` looks for new ones, a number repeats what was found.
 */
import fc from '../node_modules/fast-check/lib/fast-check.js'

const asked = process.env.STROWGER_SEED ?? '1'
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: asked === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(asked) })

export default fc
