import { isMillraceError } from '../../common/errors.ts'
import type { ErrorReport } from './api-types.ts'

/** A failure without what the documentation says of it. */
export type Failure = Omit<ErrorReport, 'advice'>

const maxCauses = 8
const maxText = 4000

export function failureOf(error: Error, query: { readonly id: string; readonly runId: string; readonly name: string | null }, time: string): Failure {
  const causes: { code: string | null; message: string }[] = []
  for (let e: unknown = error; e instanceof Error && causes.length < maxCauses; e = e.cause) causes.push({ code: isMillraceError(e) ? e.code : null, message: cut(e.message) })
  const batchId = isMillraceError(error) ? error.context.batchId : undefined
  return {
    time,
    queryId: query.id,
    runId: query.runId,
    name: query.name,
    batchId: typeof batchId === 'number' ? batchId : null,
    // That a query failed is plain; why, the innermost code says.
    code: causes.findLast(c => c.code !== null)?.code ?? null,
    message: cut(error.message),
    retryable: isMillraceError(error) && error.retryable,
    causes,
  }
}

function cut(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText)}…`
}
