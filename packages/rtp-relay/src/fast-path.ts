/** Where the kernel's forwarding is pinned, so that it outlives the daemon. */
import { readlinkSync } from 'node:fs'
import type { Config } from '@strowger/runtime'

/** Under the name of what nobody else may have: this address and these ports, in this network. A bpffs refuses names with a dot (EPERM). */
export function fastPathOf({ listen, media: { fastPath, bpffs, ports } }: Pick<Config, 'listen' | 'media'>): {
  fastPath?: string
  bpffs: string
} {
  if (fastPath === 'off' || process.platform !== 'linux') return { bpffs }
  const network = /\d+/.exec(readlinkSync('/proc/self/ns/net'))?.[0]
  return { fastPath: `${bpffs}/strowger/${network}-${listen.replaceAll('.', '_')}-${ports.from}`, bpffs }
}
