import { closeSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { expect, test } from 'vitest'
import { duplicateDescriptor } from '../src/descriptor.ts'

const listen = (server: Server, at: object): Promise<void> => new Promise(resolve => server.listen(at, resolve))

test('a duplicate of a listening socket goes on when the first descriptor is closed', async () => {
  const first = createServer()
  await listen(first, { host: '127.0.0.1', port: 0 })
  const { port } = first.address() as { port: number }
  const descriptor = duplicateDescriptor((first as unknown as { _handle: { fd: number } })._handle.fd)
  await new Promise(resolve => first.close(resolve))
  const second = createServer(socket => socket.end('second'))
  await listen(second, { fd: duplicateDescriptor(descriptor) })
  const heard = await new Promise<string>((resolve, reject) => {
    connect(port, '127.0.0.1')
      .on('data', chunk => resolve(String(chunk)))
      .on('error', reject)
  })
  expect(heard).toBe('second')
  second.close()
  closeSync(descriptor)
})

test('what is no descriptor has none', () => {
  expect(() => duplicateDescriptor(999_999)).toThrow(expect.objectContaining({ code: 'EBADF' }))
})
