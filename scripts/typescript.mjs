/** `node --conditions=@strowger/source --import ./scripts/typescript.mjs FILE.ts`: runs TypeScript sources without a build, on Node 20 too. */
import { register } from 'node:module'

register('./typescript-loader.mjs', import.meta.url)
