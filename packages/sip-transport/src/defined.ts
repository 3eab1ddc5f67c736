/** Options where `undefined` stands for what is not given: who passes settings on need not leave them out. */

/** All fields may be missing or `undefined`. */
export type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined }

/** Without the fields that are `undefined`. */
export function defined<T extends object>(fields: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as ReturnType<typeof defined<T>>
}
