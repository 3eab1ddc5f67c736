import { defineConfig } from 'tsup'

/** The published files; inside the workspace `tsc -b` builds. */
export default defineConfig({
  entry: ['src/index.ts', 'src/daemon.ts'],
  format: ['esm'],
  target: 'es2023',
  dts: true,
  sourcemap: true,
  clean: true,
})
