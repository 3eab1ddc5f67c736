/** A curve as data, and as SVG: several series over a logarithmic axis, each with its runs' spread and, where it must stay level, the band in which it has to. */

export interface Plot {
  /** Of the file. */
  readonly name: string
  readonly title: string
  /** What it was measured on. */
  readonly machine: string
  /** What a reader must know of it. */
  readonly note?: string
  /** With the unit. */
  readonly x: string
  readonly y: string
  readonly series: readonly Series[]
}

export interface Series {
  readonly name: string
  /** Must not leave this share of its first point, up or down. */
  readonly band?: number
  /** By rising x. */
  readonly points: readonly Point[]
}

export interface Point {
  readonly x: number
  readonly median: number
  readonly least: number
  readonly most: number
}

const [WIDTH, HEIGHT] = [800, 460]
const AREA = { left: 70, right: 590, top: 80, bottom: 390 } as const
/** Told apart by the colour-blind too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#595959']
const FONT = 'font-family="system-ui, sans-serif"'

export function svgOf(plot: Plot): string {
  const { series, title, machine, note = '' } = plot
  const points = series.flatMap(one => one.points)
  const highest = Math.max(
    ...points.map(({ most }) => most),
    ...series.map(({ band = 0, points: [first] }) => (first?.median ?? 0) * (1 + band)),
  )
  const step = stepFor(highest)
  const top = Math.ceil(highest / step) * step
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b)
  const scale: Scale = {
    x: value => AREA.left + 20 + share(Math.log(value), Math.log(xs[0]!), Math.log(xs.at(-1)!)) * (AREA.right - AREA.left - 40),
    y: value => AREA.bottom - share(value, 0, top) * (AREA.bottom - AREA.top),
  }
  const ys = Array.from({ length: Math.round(top / step) + 1 }, (_, at) => at * step)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" ${FONT} font-size="13" fill="#222">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(AREA.left, 26, title, 'font-size="16" font-weight="600"'),
    text(AREA.left, 46, machine, 'font-size="11" fill="#666"'),
    text(AREA.left, 62, note, 'font-size="11" fill="#a00"'),
    ...ys.map(value => line(AREA.left, scale.y(value), AREA.right, scale.y(value), `stroke="${value === 0 ? '#222' : '#ddd'}"`)),
    ...ys.map(value => text(AREA.left - 8, scale.y(value) + 4, short(value), 'text-anchor="end"')),
    ...xs.map(value => line(scale.x(value), AREA.bottom, scale.x(value), AREA.bottom + 5, 'stroke="#222"')),
    ...xs.map(value => text(scale.x(value), AREA.bottom + 20, value.toLocaleString('en'), 'text-anchor="middle"')),
    text((AREA.left + AREA.right) / 2, HEIGHT - 24, plot.x, 'text-anchor="middle"'),
    text(0, 0, plot.y, `text-anchor="middle" transform="translate(20 ${(AREA.top + AREA.bottom) / 2}) rotate(-90)"`),
    ...series.map((one, at) => bandOf(one, scale, colourOf(at))),
    ...series.map((one, at) => curveOf(one, scale, colourOf(at), at - (series.length - 1) / 2)),
    ...series.map((one, at) => legendOf(one, at)),
    '</svg>',
    '',
  ].join('\n')
}

/** For `note`: how many of the runs others had a part in. */
export function disturbance(runs: readonly { readonly disturbed: boolean }[]): { readonly note?: string } {
  const disturbed = runs.filter(run => run.disturbed).length
  return disturbed === 0 ? {} : { note: `${disturbed} of ${runs.length} runs were disturbed by other programs` }
}

interface Scale {
  x(value: number): number
  y(value: number): number
}

function bandOf({ band, points: [first, ...others] }: Series, { x, y }: Scale, colour: string): string {
  if (band === undefined || first === undefined) return ''
  const [from, to] = [x(first.x), x((others.at(-1) ?? first).x)]
  const [high, low] = [y(first.median * (1 + band)), y(first.median * (1 - band))]
  return `<rect x="${round(from)}" y="${round(high)}" width="${round(to - from)}" height="${round(low - high)}" fill="${colour}" fill-opacity="0.12"/>`
}

/** `beside`: so many steps beside the point, that whiskers of several series do not hide each other. */
function curveOf({ points }: Series, { x, y }: Scale, colour: string, beside: number): string {
  const at = (value: number): number => x(value) + 4 * beside
  return [
    `<g stroke="${colour}" fill="${colour}">`,
    `<polyline fill="none" stroke-width="2" points="${points.map(point => `${round(at(point.x))},${round(y(point.median))}`).join(' ')}"/>`,
    ...points.map(({ x: value, least, most }) => line(at(value), y(least), at(value), y(most), 'stroke-width="1.5"')),
    ...points.map(({ x: value, median }) => `<circle cx="${round(at(value))}" cy="${round(y(median))}" r="3.5"/>`),
    '</g>',
  ].join('\n')
}

function legendOf({ name, band }: Series, at: number): string {
  const y = AREA.top + 12 + 40 * at
  const about =
    band === undefined ? '' : text(AREA.right + 46, y + 20, `band: ±${Math.round(100 * band)} % of its first`, 'font-size="11" fill="#666"')
  return [
    line(AREA.right + 16, y, AREA.right + 38, y, `stroke="${colourOf(at)}" stroke-width="3"`),
    text(AREA.right + 46, y + 4, name, ''),
    about,
  ].join('\n')
}

function colourOf(at: number): string {
  return COLOURS[at % COLOURS.length]!
}

/** Of the axis: 1, 2 or 5 times a power of ten, so that there are four to eight of them. */
function stepFor(highest: number): number {
  const power = 10 ** Math.floor(Math.log10(highest / 4))
  return power * ([1, 2, 5, 10].find(factor => highest / (power * factor) <= 8) ?? 10)
}

function share(value: number, from: number, to: number): number {
  return to === from ? 0.5 : (value - from) / (to - from)
}

function line(x1: number, y1: number, x2: number, y2: number, rest: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${rest}/>`
}

function text(x: number, y: number, words: string, rest: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${rest}>${escaped(words)}</text>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
