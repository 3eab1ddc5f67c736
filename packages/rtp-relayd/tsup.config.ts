import { defineConfig } from 'tsup'

/** One file with all JavaScript, ours and others'; the native addon stays outside. `metafile`: whose licenses go with it (scripts/pack-program.mjs). */
export default defineConfig({
  entry: ['src/main.ts'],
  format: ['esm'],
  platform: 'node',
  target: 'node20',
  noExternal: [/^(?!@strowger\/native)/],
  external: ['@strowger/native'],
  banner: { js: "import { createRequire as requireIn } from 'node:module'; const require = requireIn(import.meta.url);" },
  metafile: true,
  sourcemap: false,
  clean: false,
})
