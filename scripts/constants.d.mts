import type { Options } from 'tsup'

/** For tsup: see {@link withConstants}. */
export const constants: NonNullable<Options['plugins']>[number]
/** `code`, an esbuild bundle, with `const` for each `var` at its top that gets a value where it stands and no other. */
export function withConstants(code: string): string
