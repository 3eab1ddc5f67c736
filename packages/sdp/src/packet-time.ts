/** Reads how many milliseconds of media a packet holds. RFC 8866 §6.4, §6.5. */
import { attribute, type SdpMedia } from './parse.ts'

/** In milliseconds, 1 to 1000; `undefined` where it is missing or absurd, as sizes of buffers follow from it. */
export function packetTime(media: Pick<SdpMedia, 'attributes'>, name: 'ptime' | 'maxptime'): number | undefined {
  const value = attribute(media, name)?.trim() ?? ''
  const milliseconds = /^\d{1,4}(?:\.\d{1,3})?$/.test(value) ? Math.floor(Number(value)) : 0
  return milliseconds >= 1 && milliseconds <= 1000 ? milliseconds : undefined
}
