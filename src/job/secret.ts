import { inspect } from 'node:util'

/** Where a secret stands: in an environment variable, or alone in a file. The form that kafka() takes its password in. */
export type SecretReference = { readonly env: string } | { readonly file: string }

/**
 * The value of a secret setting. It shows itself as `***` wherever it is printed, put into text or written as JSON, so
 * that it reaches a log or a checkpoint only where reveal() was called for it.
 */
export class Secret {
  readonly kind = 'Secret'
  /** For connectors that read secrets themselves: the value then never passes through the program. */
  readonly reference: SecretReference
  readonly #value: string

  constructor(value: string, reference: SecretReference) {
    this.#value = value
    this.reference = Object.freeze(reference)
  }

  /** The value itself, for the one call that needs it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }

  [inspect.custom](): string {
    return '***'
  }
}
