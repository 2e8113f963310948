import { makeError, type MillraceError } from '../../common/errors.ts'

export function registryUnavailable(url: string, what: string, last: string, cause?: unknown): MillraceError {
  return makeError('KAFKA_REGISTRY_UNAVAILABLE', `The schema registry "${url}" gave no answer to ${what}: ${last}. Check that it runs and is reachable, then start again: nothing was passed over.`, {
    context: { url, operation: what, last }, cause,
  })
}

/** `advice` is a whole sentence. */
export function registryRefused(url: string, what: string, why: string, advice: string, cause?: unknown): MillraceError {
  return makeError('KAFKA_REGISTRY_REFUSED', `The schema registry "${url}" did not answer ${what}: ${why}. ${advice}`, { context: { url, operation: what, reason: why }, cause })
}

export function registryMismatch(url: string, subject: string, version: string, why: string): MillraceError {
  return makeError('KAFKA_REGISTRY_MISMATCH', `The ${version} schema of subject "${subject}" in the schema registry "${url}" does not fit the columns: ${why}. Declare the columns as the schema has them, or name the right subject.`, {
    context: { url, subject, version, reason: why },
  })
}
