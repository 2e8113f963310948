/** One attempt at a batch: attempts never overwrite each other (protocol rule 2). */
export interface AttemptId {
  readonly epoch: number
  readonly random: string
}

export function attemptText(attempt: AttemptId): string {
  return `${String(attempt.epoch).padStart(10, '0')}-${attempt.random}`
}

export function parseAttempt(text: string): AttemptId {
  return { epoch: Number(text.slice(0, 10)), random: text.slice(11) }
}

/** The one name of all attempts, when they are not kept apart. */
export const sharedAttempt: AttemptId = Object.freeze({ epoch: 0, random: '0'.repeat(16) })
