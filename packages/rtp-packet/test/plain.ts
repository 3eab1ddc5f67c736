/** Views as plain data, for comparing: bytes become hex, `undefined` null. */
import { ExtensionCursor, type RtpView } from '../src/index.ts'

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
}

export function plain(value: unknown): unknown {
  if (value === undefined) return null
  if (value instanceof Uint8Array) return hex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, plain(inside)]))
}

/** What a view says, as the vectors have it. */
export function plainRtp(view: RtpView): unknown {
  const { marker, payloadType, sequence, timestamp, ssrc, csrcCount, payload, paddingBytes } = view
  const csrcs = Array.from({ length: csrcCount }, (_, index) => view.csrc(index))
  const extension = view.hasExtension ? { profile: view.extensionProfile, data: hex(view.extension), elements: elementsOf(view) } : null
  return { marker, payloadType, sequence, timestamp, ssrc, csrcs, extension, payload: hex(payload), paddingBytes }
}

export function elementsOf(view: RtpView): [id: number, data: string][] {
  const elements: [number, string][] = []
  const cursor = new ExtensionCursor()
  if (!cursor.pointAt(view)) return elements
  while (cursor.next()) elements.push([cursor.id, hex(cursor.data)])
  return elements
}
