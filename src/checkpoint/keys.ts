import { attemptText, type AttemptId } from './attempt.ts'

/**
 * Keys of a checkpoint's store. Numbers are padded so that byte order is number order.
 *
 *   meta                                  format version, query id
 *   query                                 QueryDescription
 *   epoch                                 greatest epoch of this checkpoint
 *   p/<batch>/<attempt>                   Prepared
 *   d/<batch>/<attempt>/<operator>/<part> delta segment
 *   c/<batch>                             Committed
 *   m/<batch>/<attempt>                   snapshot manifest
 *   s/<batch>/<attempt>/<operator>/<part>/<page>  snapshot page
 *   r/<source>/<key>                      what a source remembers
 *   a/<digest>/<n>                        piece of a model artefact
 */
export const keys = Object.freeze({
  meta: 'meta',
  query: 'query',
  epoch: 'epoch',
  prepared: (batchId: number, attempt: AttemptId) => `p/${pad(batchId)}/${attemptText(attempt)}`,
  delta: (batchId: number, attempt: AttemptId, operator: string, partition: number) => `d/${pad(batchId)}/${attemptText(attempt)}/${operator}/${pad(partition, 4)}`,
  committed: (batchId: number) => `c/${pad(batchId)}`,
  manifest: (batchId: number, attempt: AttemptId) => `m/${pad(batchId)}/${attemptText(attempt)}`,
  page: (batchId: number, attempt: AttemptId, operator: string, partition: number, page: number) =>
    `s/${pad(batchId)}/${attemptText(attempt)}/${operator}/${pad(partition, 4)}/${pad(page, 6)}`,
  remembered: (source: string, key: string) => `r/${source}/${key}`,
  artefact: (digest: string, n: number) => `a/${digest}/${pad(n, 6)}`,
})

export function pad(n: number, width = 10): string {
  return String(n).padStart(width, '0')
}

/** The batch id in a key of a numbered family. */
export function batchOfKey(key: string): number {
  return Number(key.slice(2, 12))
}

/** The end of the keys that start with a prefix. */
export function afterPrefix(prefix: string): string {
  return `${prefix}\uffff`
}
