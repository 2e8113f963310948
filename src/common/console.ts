/** The port to whoever watches the program. */
export interface Console {
  /** Writes text as it is; lines end with a line feed. */
  write(text: string): void
}
