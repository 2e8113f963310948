import { makeError, type MillraceError } from '../../common/errors.ts'
import { quoteList } from '../../common/suggest.ts'
import { errorName } from './protocol/error-names.ts'

export function unavailable(brokers: readonly string[], what: string, last: string, cause?: unknown): MillraceError {
  return makeError(
    'KAFKA_UNAVAILABLE',
    `Kafka gave no answer to ${what}: ${last}. Check that the brokers ${quoteList(brokers)} run and are reachable, under the addresses that they advertise too, then start again.`,
    { context: { brokers, operation: what, last }, cause },
  )
}

export function clientClosed(): MillraceError {
  return makeError('KAFKA_UNAVAILABLE', 'The Kafka client was closed while it was asked for something. Ask before it is closed.', { retryable: false })
}

/** `words`: the broker's or the TLS library's. */
export function authenticationFailed(broker: string, words: string): MillraceError {
  return makeError('KAFKA_AUTHENTICATION_FAILED', `The connection to Kafka broker "${broker}" was refused: ${words}. Correct the options "sasl" and "tls", or the user on the broker.`, {
    context: { broker, reason: words },
  })
}

export function authorizationFailed(what: string, code: number): MillraceError {
  return makeError('KAFKA_AUTHORIZATION_FAILED', `The brokers do not allow ${what} to this user (${errorName(code)}). Give the user that right on the brokers.`, {
    context: { operation: what, error: errorName(code) },
  })
}

export function credentialsMissing(option: string, reference: string, why: string): MillraceError {
  return makeError('KAFKA_CREDENTIALS_MISSING', `The option "${option}" names ${reference}, ${why}. Set it where the query runs, then start again.`, { context: { option, reference } })
}

export function insecurePassword(mechanism: string, broker: string): MillraceError {
  return makeError('KAFKA_INSECURE_PASSWORD', `SASL "${mechanism}" without TLS would send the secret to "${broker}" readable by everybody in between. Set the option "tls", or use mechanism "scram-sha-512".`, {
    context: { mechanism, broker },
  })
}

/** `words`: the broker's, where it has some. */
export function protocolError(what: string, code: number, words?: string | null): MillraceError {
  const name = errorName(code)
  return makeError('KAFKA_PROTOCOL', `Kafka refused ${what} with ${name}${words ? `: ${words.replace(/\.$/, '')}` : ''}. The protocol's error code says what to correct.`, { context: { operation: what, error: name } })
}

export function malformedAnswer(broker: string, what: string, cause: Error): MillraceError {
  return makeError('KAFKA_PROTOCOL', `The answer of "${broker}" to ${what} is none of Kafka's: ${cause.message}. Check that a Kafka broker listens there.`, { context: { broker, operation: what }, cause })
}

export function tooOld(broker: string, api: string, version: number, supports: string): MillraceError {
  return makeError('KAFKA_PROTOCOL', `The Kafka broker "${broker}" speaks ${api} ${supports}, and ${version} is needed (UNSUPPORTED_VERSION). Kafka 3.1 is the oldest that works.`, {
    context: { broker, api, needed: version, supports },
  })
}

export function unknownTopic(topic: string): MillraceError {
  return makeError('KAFKA_UNKNOWN_TOPIC', `The Kafka topic "${topic}" does not exist. Correct its name, or create it.`, { context: { topic } })
}

export function unknownPartition(topic: string, partition: number, partitions: number): MillraceError {
  return makeError('KAFKA_UNKNOWN_TOPIC', `The Kafka topic "${topic}" has no partition ${partition}: it has ${partitions}, numbered from 0. Correct the number.`, { context: { topic, partition, partitions } })
}

export function recreatedTopic(topic: string, expected: string, found: string): MillraceError {
  return makeError('KAFKA_UNKNOWN_TOPIC', `The Kafka topic "${topic}" with the id ${expected} is gone: one of the same name was made since, with the id ${found}. Its offsets are other ones, so that they cannot be gone on with.`, {
    context: { topic, topicId: expected, found },
  })
}

export function offsetOutOfRange(topic: string, partition: number, offset: bigint, earliest: bigint, latest: bigint): MillraceError {
  return makeError('KAFKA_OFFSET_OUT_OF_RANGE', `Partition ${partition} of the Kafka topic "${topic}" has no offset ${offset}: it has ${earliest} to ${latest}. Records were removed by retention, or the topic lost data.`, {
    context: { topic, partition, offset: String(offset), earliest: String(earliest), latest: String(latest) },
  })
}

export function recordTooLarge(topic: string, partition: number, bytes: number, code: number, words: string | null): MillraceError {
  return makeError('KAFKA_RECORD_TOO_LARGE', `A record batch of ${bytes} bytes is too large for partition ${partition} of the Kafka topic "${topic}" (${words ?? errorName(code)}). Raise "max.message.bytes" of the topic, or write smaller rows.`, {
    context: { topic, partition, bytes },
  })
}

export function producerFenced(transactionalId: string, code: number): MillraceError {
  return makeError('KAFKA_PRODUCER_FENCED', `The transactional id "${transactionalId}" belongs to a newer producer, or its transaction ran into the timeout (${errorName(code)}). Nothing of the transaction is visible. Take the id over again, if no other query has it.`, {
    context: { transactionalId, error: errorName(code) },
  })
}

export function outcomeUnknown(what: string, last: string, cause?: unknown): MillraceError {
  return makeError('KAFKA_OUTCOME_UNKNOWN', `Whether ${what} arrived at Kafka is not known: ${last}. Take the transactional id over again and read what is there.`, { context: { operation: what, last }, cause })
}
