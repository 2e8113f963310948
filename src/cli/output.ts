/** Where a command writes: data to out, notices to err. */
export interface CommandOutput {
  out(text: string): void
  err(text: string): void
}
