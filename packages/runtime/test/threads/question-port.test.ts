import { MessageChannel } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { QuestionPort } from '../../src/threads/question-port.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

function pair(answer: (question: never) => unknown, told?: (news: never) => void): [QuestionPort, QuestionPort] {
  const { port1, port2 } = new MessageChannel()
  closers.push(() => port1.close())
  return [new QuestionPort(port1, { answer: () => undefined }), new QuestionPort(port2, { answer, ...(told && { told }) })]
}

test('answers come to whoever asked, in whatever order', async () => {
  const waiting: (() => void)[] = []
  const [asker] = pair((text: string) => new Promise(resolve => waiting.push(() => resolve(`${text}!`))))
  const answers = Promise.all([asker.ask('one'), asker.ask('two')])
  while (waiting.length < 2) await new Promise(resolve => setImmediate(resolve))
  for (const resolve of waiting.reverse()) resolve()
  expect(await answers).toEqual(['one!', 'two!'])
})

test('what the other side throws is thrown here, with its code', async () => {
  const [asker] = pair(() => {
    throw Object.assign(new Error('listen failed'), { code: 'EADDRINUSE' })
  })
  await expect(asker.ask('anything')).rejects.toMatchObject({ message: 'listen failed', code: 'EADDRINUSE' })
})

test('when the other side is gone whoever waits is told, and whoever asks then', async () => {
  const [asker] = pair(() => new Promise(() => {}))
  const waits = asker.ask('never')
  asker.close(new Error('gone'))
  await expect(waits).rejects.toThrow('gone')
  await expect(asker.ask('again')).rejects.toThrow('gone')
})

test('a question may be given up', async () => {
  const [asker] = pair(() => new Promise(() => {}))
  await expect(asker.ask('never', 5)).rejects.toThrow('no answer in time')
})

test('news need no answer', async () => {
  const heard: string[] = []
  const [teller] = pair(
    () => undefined,
    (news: string) => void heard.push(news),
  )
  teller.tell('ready')
  while (heard.length === 0) await new Promise(resolve => setImmediate(resolve))
  expect(heard).toEqual(['ready'])
})
