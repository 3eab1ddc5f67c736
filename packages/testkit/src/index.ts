/**
 * Simulated network and time, seeded randomness, vectors out of Markdown, and the triple feed of stream parsers.
 * Tests arrange with these, so that none needs a sleep, a mock or a fixed port.
 *
 * @packageDocumentation
 */
export { seededRandom, seededToken } from './random.ts'
export { ALICE, ackTo, answering, BOB, newCall } from './requests.ts'
export { type Core, type Element, Simulation, type SimulationOptions, simulate } from './simulate.ts'
export { type TripleFeed, tripleFeed } from './triple-feed.ts'
export { readVectorFile, readVectors, type Vector } from './vectors.ts'
