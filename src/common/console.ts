/** The port to whoever watches the program. */
export interface Console {
  /** Writes text as it is; lines end with a line feed. */
  write(text: string): void
  /** Tells of something that nobody asked about but should know, beside what the program writes. */
  warn?(text: string): void
  /**
   * Warns of a failure that nothing in the program was told of. The process then does not end as if all were well, unless
   * the result is disposed because somebody asked after all.
   */
  unheardFailure?(text: string): Disposable
}
