/**
 * What may pass when it is tried again. `sent`: the request may have reached the broker although no answer came, so that
 * it may have had its effect.
 */
export class PassingFailure extends Error {
  override readonly name = 'PassingFailure'
  readonly sent: boolean
  /** The protocol's name, where a broker answered. */
  readonly answer: string | undefined

  constructor(message: string, init: { readonly sent?: boolean; readonly answer?: string; readonly cause?: unknown } = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause })
    this.sent = init.sent ?? false
    this.answer = init.answer
  }
}
