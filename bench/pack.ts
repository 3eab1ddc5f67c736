/** Programs of ours as those who run them have them: one file each, packed as the platform is (`scripts/bundle.mjs`). */
import { join } from 'node:path'
import { build } from 'tsup'
import { constants } from '../scripts/constants.mjs'

const BUILD = join(import.meta.dirname, 'build')

/** Of the compiled packages, into `bench/build/FOLDER/NAME.js`. */
export async function pack(folder: string, entry: Readonly<Record<string, string>>): Promise<void> {
  await build({
    entry: { ...entry },
    outDir: join(BUILD, folder),
    format: 'esm',
    platform: 'node',
    target: 'node20',
    splitting: true,
    silent: true,
    clean: true,
    // For libraries that are CommonJS.
    banner: { js: "import { createRequire as requireIn } from 'node:module'; const require = requireIn(import.meta.url);" },
    config: false,
    noExternal: [/^@strowger\/(?!native)/],
    external: [/^@strowger\/native/],
    plugins: [constants],
  })
}

export function packed(folder: string, name: string): string {
  return join(BUILD, folder, `${name}.js`)
}
