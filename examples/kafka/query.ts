import { count, type DataFrame, hour, json, kafka, type LoadedModel, minute, schema, type Session, sum, t, window } from 'millrace'

/** A payment as the topic has it: one JSON object a record. */
export const payment = schema({
  id: t.integer(),
  account: t.string(),
  amount: t.float64(),
  merchant: t.string(),
  at: t.timestamp(),
})

export interface Payment {
  id: number
  account: string
  amount: number
  merchant: string
  at: Date
}

export interface ScoredPayment {
  id: number
  account: string
  amount: number
  at: Date
  /** Probability of fraud. */
  score: number
  /** SHA-256 of the model that gave it. */
  model: string
}

export interface AccountMinute {
  account: string
  window_start: Date
  window_end: Date
  payments: number
  total: number | null
}

export interface Topics {
  readonly brokers: readonly string[]
  readonly input: string
  readonly output: string
  readonly deadLetter: string
}

/** Payments as they come; a record that is none becomes a dead letter. */
export function payments(session: Session, { brokers, input }: Topics, maxOffsets: number | undefined): DataFrame<Payment> {
  return session.readStream(
    kafka({
      brokers,
      topic: input,
      value: json(payment),
      startingOffsets: 'earliest',
      onBadRecord: 'deadLetter',
      ...(maxOffsets === undefined ? {} : { maxOffsetsPerTrigger: maxOffsets }),
    }),
  )
}

/** Every payment with the probability that it is fraud, and which model said so. */
export function scored(frame: DataFrame<Payment>, model: LoadedModel): DataFrame<ScoredPayment> {
  return frame
    .withColumn('hour', ({ at }) => hour(at))
    .withColumn('minute', ({ at }) => minute(at))
    .score(model, { output: { score: 'probability' }, digest: 'model' })
    .select('id', 'account', 'amount', 'at', 'score', 'model')
}

/** What each account paid in each minute, once no more can come: two minutes after the newest payment. */
export function windows(frame: DataFrame<Payment>): DataFrame<AccountMinute> {
  return frame
    .withWatermark('at', '2 minutes')
    .groupBy(window('at', '1 minute'), 'account')
    .agg(({ amount }) => ({ payments: count(), total: sum(amount) }))
    .select(({ account, window, payments, total }) => ({ account, window_start: window.start, window_end: window.end, payments, total }))
}
