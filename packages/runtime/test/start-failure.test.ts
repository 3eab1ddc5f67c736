import { describe, expect, test } from 'vitest'
import { configFrom, startFailure } from '../src/index.ts'

const config = configFrom({})

function systemError(code: string, more: object): Error {
  return Object.assign(new Error(`bind ${code}`), { code, ...more })
}

describe('a role that cannot start says what to do', () => {
  test('a TCP port in use names the port and the key', () => {
    const error = systemError('EADDRINUSE', { syscall: 'listen', address: '127.0.0.1', port: 5060 })
    expect(startFailure('users-proxy', error, config)).toBe(
      'users-proxy: 127.0.0.1:5060 is in use by another program: stop that one, or set usersProxy.tcp in the configuration',
    )
  })

  test('a UDP port in use is found in the message where the error has no fields', () => {
    const error = Object.assign(new Error('bind 127.0.0.1:6060'), { code: 'EADDRINUSE' })
    expect(startFailure('appserver', error, config)).toContain(
      '127.0.0.1:6060 is in use by another program: stop that one, or set appserver.udp',
    )
  })

  test('an address of another machine names the key of the address', () => {
    const error = systemError('EADDRNOTAVAIL', { syscall: 'bind', address: '192.0.2.1', port: 5060 })
    expect(startFailure('users-proxy', error, config)).toContain('192.0.2.1:5060 is not an address of this machine: set listen')
  })

  test('a low port asks for privileges or another port', () => {
    const error = systemError('EACCES', { syscall: 'listen', address: '127.0.0.1', port: 80 })
    expect(startFailure('portal', error, configFrom({ portal: { http: 80 } }))).toContain('set portal.http to a higher port')
  })

  test('anything else is its own message', () => {
    expect(startFailure('media', new Error('no compiler'), config)).toBe('media: no compiler')
  })
})
