import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Config, ConfigError, type ConfigProblem, configFrom, loadConfig, problemText } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'config-'))

function fileWith(text: string): string {
  const file = join(folder, 'strowger.yaml')
  writeFileSync(file, text)
  return file
}

function problemsOf(load: () => Config): readonly ConfigProblem[] {
  try {
    load()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('configuration', () => {
  test('without a file everything has its default and paths are absolute', () => {
    const config = loadConfig(undefined, {})
    expect(config).toMatchObject({
      listen: '127.0.0.1',
      usersProxy: { udp: 5060, tcp: 5060, tls: 5061, ws: 8088, wss: 8089 },
      trunksProxy: { udp: 5070, tcp: 5070, tls: 5071 },
      media: { ng: { port: 2223 }, ports: { from: 10000, to: 29999 } },
    })
    expect(config.data).toBe(resolve('var'))
    expect(config.store.file).toBe(resolve('var/strowger.db'))
    expect(config.secret).toBe(resolve('var/secret'))
    const { certificates, ca, ...tls } = config.tls
    expect(tls).toEqual({ cert: resolve('var/tls/cert.pem'), key: resolve('var/tls/key.pem'), verify: 'domain' })
    expect([certificates, ca]).toEqual([[], []])
  })

  test('it cannot be changed', () => {
    const config = loadConfig(undefined, {})
    expect(() => Object.assign(config.usersProxy, { udp: 1 })).toThrow(TypeError)
  })

  test('a file changes what it names and nothing else', () => {
    const config = loadConfig(fileWith('listen: 192.168.1.20\nusersProxy:\n  udp: 5062\n'), {})
    expect(config.listen).toBe('192.168.1.20')
    expect(config.usersProxy).toMatchObject({ udp: 5062, tcp: 5060 })
  })

  test('an empty file is the defaults', () => {
    expect(loadConfig(fileWith('# nothing yet\n'), {})).toEqual(loadConfig(undefined, {}))
  })

  test('variables win over the file', () => {
    const file = fileWith('usersProxy: { udp: 5062 }\n')
    const config = loadConfig(file, {
      STROWGER_USERS_PROXY_UDP: '5064',
      STROWGER_MEDIA_ENGINE_PORT: '22222',
      STROWGER_DATA: '/srv/x',
      STROWGER_CARRIER_ENABLED: 'false',
      STROWGER_ROLES: 'media,jobs',
    })
    expect(config.usersProxy.udp).toBe(5064)
    expect(config.media.engine).toEqual({ address: '127.0.0.1', port: 22222 })
    expect(config.data).toBe('/srv/x')
    expect(config.carrier.enabled).toBe(false)
    expect(config.roles).toEqual(['media', 'jobs'])
  })

  test('certificates by name, authorities and who must show one: what is wrong or missing is said', () => {
    const file = fileWith(
      'trunksProxy: { clientCertificate: required, alias: yes please }\ntls:\n  ca: no\n  certificates:\n    - { cert: a.pem }\n    - { cert: b.pem, key: b.key, names: x }\n',
    )
    expect(problemsOf(() => loadConfig(file, {})).map(({ line, key, allowed }) => [line, key, allowed])).toEqual([
      [1, 'trunksProxy.alias', 'true or false'],
      [3, 'tls.ca', 'a list without repetition, each A file in PEM, relative to data'],
      [5, 'tls.certificates.0.key', 'some text: Its private key in PEM, relative to data'],
      [6, 'tls.certificates.1.names', 'no such key; known here: cert, key'],
    ])
    expect(problemsOf(() => configFrom({ trunksProxy: { clientCertificate: 'required' } }))).toMatchObject([
      { key: 'trunksProxy.clientCertificate', allowed: expect.stringContaining('while tls.ca names nobody') },
    ])
    const { tls } = configFrom({ data: '/srv/x', tls: { ca: ['ca.pem'], certificates: [{ cert: 'a.pem', key: '/etc/a.key' }] } })
    expect([tls.ca, tls.certificates]).toEqual([['/srv/x/ca.pem'], [{ cert: '/srv/x/a.pem', key: '/etc/a.key' }]])
  })

  test('two listeners on one port, or one among the RTP ports, are found before the start', () => {
    const file = fileWith(
      'trunksProxy: { udp: 5060 }\nportal: { http: 5070 }\nappserver: { udp: 10004 }\ncarrier: { udp: 0 }\nusersProxy: { wss: 5071 }\n',
    )
    const problems = problemsOf(() => loadConfig(file, {}))
    expect(problems.map(({ key, allowed }) => [key, allowed])).toEqual([
      ['trunksProxy.udp', 'another port: usersProxy.udp has 5060 on 127.0.0.1'],
      ['trunksProxy.tls', 'another port: usersProxy.wss has 5071 on 127.0.0.1'],
      ['portal.http', 'another port: trunksProxy.tcp has 5070 on 127.0.0.1'],
      ['appserver.udp', 'a port outside media.ports: the relay gives those to calls'],
    ])
  })

  test("the port of rtpproxy's protocol counts where it is enabled", () => {
    const clash = (enabled: boolean): unknown => problemsOf(() => configFrom({ media: { rtpproxy: { enabled, port: 2223 } } }))
    expect(clash(false)).toEqual([])
    expect(clash(true)).toMatchObject([{ key: 'media.rtpproxy.port', allowed: 'another port: media.ng.port has 2223 on 127.0.0.1' }])
  })

  test('an interface of the relay has one address of each family, and is known by one of its own family', () => {
    const one = (address: string, more: object = {}): object => ({ name: 'out', address, ...more })
    const problems = (...interfaces: readonly object[]): unknown => problemsOf(() => configFrom({ media: { interfaces } }))
    expect(problems(one('127.0.0.1', { advertised: '198.51.100.7' }), one('::1'))).toEqual([])
    expect(problems(one('127.0.0.1'), one('127.0.0.2'))).toMatchObject([
      { key: 'media.interfaces.1.address', allowed: 'one IPv4 address for out: media.interfaces.0 is it' },
    ])
    expect(problems(one('127.0.0.1', { advertised: '::1' }))).toMatchObject([{ key: 'media.interfaces.0.advertised' }])
    expect(problems(one('nowhere'))).toMatchObject([{ key: 'media.interfaces.0.address' }])
  })

  test('no listener has a port of the relay on any of its interfaces', () => {
    const interfaces = [
      { name: 'in', address: '127.0.0.1' },
      { name: 'out', address: '127.0.0.9' },
    ]
    const problems = (ng: object): unknown => problemsOf(() => configFrom({ media: { interfaces, ng } }))
    expect(problems({ address: '127.0.0.9', port: 10_000 })).toMatchObject([{ key: 'media.ng.port' }])
    expect(problems({ address: '127.0.0.8', port: 10_000 })).toEqual([])
  })

  test('what a role elsewhere listens on clashes with nothing here', () => {
    const file = fileWith('trunksProxy: { udp: 5060 }\nroles: [users-proxy, media]\n')
    expect(problemsOf(() => loadConfig(file, {}))).toEqual([])
  })

  test('a phone that does not say how long is not refused for it', () => {
    const problems = problemsOf(() => loadConfig(fileWith('registrar: { minExpires: 600, defaultExpires: 300 }\n'), {}))
    expect(problems).toMatchObject([{ key: 'registrar.minExpires', allowed: 'at most registrar.defaultExpires, which is 300' }])
  })

  test('all problems come at once, each with file, line, key, value and what is allowed', () => {
    const file = fileWith(['listen: 0.0.0.0', 'usersProxy:', '  upd: 5062', '  tcp: 70000', 'log:', '  level: loud', 'stor: {}'].join('\n'))
    const problems = problemsOf(() => loadConfig(file, { STROWGER_PORTAL_HTTP: 'eighty' }))
    expect(problems).toHaveLength(6)
    const byKey = new Map(problems.map(problem => [problem.key, problem]))
    expect(byKey.get('listen')).toMatchObject({ file, line: 1, value: '0.0.0.0', allowed: expect.stringContaining('IP address') })
    expect(byKey.get('usersProxy.upd')).toMatchObject({ line: 3, value: 5062, allowed: expect.stringContaining('did you mean udp?') })
    expect(byKey.get('usersProxy.tcp')).toMatchObject({ line: 4, value: 70000, allowed: 'a whole number from 0 to 65535' })
    expect(byKey.get('log.level')).toMatchObject({ line: 6, value: 'loud', allowed: 'one of debug, info, warn, error' })
    expect(byKey.get('stor')).toMatchObject({ line: 7, allowed: expect.stringContaining('did you mean store?') })
    expect(byKey.get('STROWGER_PORTAL_HTTP')).toMatchObject({ file: 'environment', value: 'eighty' })
  })

  test('two values that do not go together are a problem', () => {
    const problems = problemsOf(() => configFrom({ media: { ports: { from: 20000, to: 19999 } } }))
    expect(problems).toEqual([expect.objectContaining({ key: 'media.ports.from', allowed: 'at most media.ports.to, which is 19999' })])
  })

  test('a list element is named by its place', () => {
    const file = fileWith('roles:\n  - media\n  - users-prxy\n')
    expect(problemsOf(() => loadConfig(file, {}))).toEqual([expect.objectContaining({ key: 'roles.1', line: 3, value: 'users-prxy' })])
  })

  test('what is not YAML is said with its line', () => {
    expect(problemsOf(() => loadConfig(fileWith('a: 1\nb: [1,\n'), {}))[0]).toMatchObject({
      line: expect.any(Number),
      allowed: expect.stringMatching(/^YAML/),
    })
    expect(problemsOf(() => loadConfig(fileWith('just text'), {}))[0]?.allowed).toMatch(/keys and values/)
  })

  test('a file that is not there is a problem of its own', () => {
    expect(problemsOf(() => loadConfig('/nowhere/x.yaml', {}))[0]).toMatchObject({
      file: '/nowhere/x.yaml',
      allowed: 'a file that can be read (ENOENT)',
    })
  })

  test('a misspelled variable is a problem, a foreign one is not', () => {
    const problems = problemsOf(() => loadConfig(undefined, { STROWGER_USER_PROXY_UDP: '1', STROWGER_SERVICE_HOST: '10.0.0.1' }))
    expect(problems).toEqual([
      expect.objectContaining({ key: 'STROWGER_USER_PROXY_UDP', allowed: expect.stringContaining('STROWGER_USERS_PROXY_UDP') }),
    ])
  })

  test('a problem reads as one line', () => {
    expect(problemText({ file: 'x.yaml', line: 3, key: 'sip.t1', value: 'a', allowed: 'b' })).toBe('x.yaml:3: sip.t1 is "a"; allowed: b')
  })
})
