import { schema, t } from '../../columnar/schema-builder.ts'
import { type OptionsOf, resolveOptions } from '../../common/options.ts'
import { rateMicroBatchSourceOptions } from '../../sources/rate/rate-micro-batch-source.ts'
import { rateSourceOptions } from '../../sources/rate/rate-source.ts'
import { type SourceConnector, sourceConnector, type SourceName } from '../connector.ts'

const rateSchema = schema({ timestamp: t.timestamp(), value: t.integer() })

/** A row of rate() and rateMicroBatch(): when it was due, and its number from 0. */
export interface RateRow {
  timestamp: Date
  value: number
}

export type RateOptions = OptionsOf<typeof rateSourceOptions> & SourceName
export type RateMicroBatchOptions = OptionsOf<typeof rateMicroBatchSourceOptions> & SourceName

/** Rows at an even rate, for trying queries out. Any range of them can be made again, so that a restart loses nothing. */
export function rate(options: RateOptions = {}): SourceConnector<RateRow> {
  return sourceConnector<RateRow>('rate', options, rateSchema, o => void resolveOptions(rateSourceOptions, o, 'source "rate"'))
}

/** The same number of rows in every batch, their times given by the number of the batch: the same on every run. */
export function rateMicroBatch(options: RateMicroBatchOptions): SourceConnector<RateRow> {
  return sourceConnector<RateRow>('rate-micro-batch', options, rateSchema, o => void resolveOptions(rateMicroBatchSourceOptions, o, 'source "rate-micro-batch"'))
}
