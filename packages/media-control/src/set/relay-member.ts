/** One relay of a set, as it is configured. */
export interface RelayMember {
  /** Names it in outputs and counts: `192.0.2.1:2223`. */
  readonly name: string
  /** Its share of the new sessions; 0 takes none as long as another one answers. */
  readonly weight: number
}
