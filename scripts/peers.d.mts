/** Installs what is missing of the named programs (default: all we know) where it may. @returns names of those that are still not here */
export function ensurePeers(programs?: readonly string[]): Promise<string[]>
export function packageOf(program: string): string
