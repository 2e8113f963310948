/** The server refuses this reader, so that trying again would not help: the token, the origin or the question is wrong. */
export class LiveTableError extends Error {
  override readonly name = 'LiveTableError'
  /** Of the answer: 400, 401, 403 … */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
