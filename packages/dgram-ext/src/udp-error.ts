/** What goes wrong while a socket is set up: the errno's name as `code`, system call and address in the message. */
import { getSystemErrorName } from 'node:util'

/** A socket could not be set up; `code` is the errno's name. */
export class UdpError extends Error {
  /** `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, `EINVAL`, … */
  readonly code: string
  /** What failed: `bind`, `setsockopt`, … */
  readonly syscall: string

  constructor(code: string, syscall: string, address: string, port: number, options?: ErrorOptions) {
    super(`${code}: ${syscall} ${address}:${port} failed${ADVICE[code] ?? ''}`, options)
    this.name = 'UdpError'
    this.code = code
    this.syscall = syscall
  }
}

/** `ECONNREFUSED` for 111; the number itself as text when the system has no name for it. */
export function errnoName(errno: number): string {
  let name = names.get(errno)
  if (name === undefined) {
    name = errno > 0 ? getSystemErrorName(-errno) : String(errno)
    names.set(errno, name)
  }
  return name
}

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: ': another process listens there',
  EADDRNOTAVAIL: ': no interface of this machine has the address',
  EACCES: ': ports below 1024 need privilege',
  EINVAL: ': the address must be a numeric IPv4 or IPv6 address',
  ENOTSUP: ': this Node cannot do that without the native addon',
}

const names = new Map<number, string>()
