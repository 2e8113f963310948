import type { Process, Queries, QuerySummary } from '../admin/api/api-types.ts'
import { escapeControls } from '../common/log-lines.ts'
import { AdminClient } from './admin-client.ts'
import { readArguments } from './arguments.ts'
import type { CommandOutput } from './output.ts'

const usage = `millrace status URL [--json]

How the queries of a running job are, from its admin server (the address of --admin). A token is taken from MILLRACE_ADMIN_TOKEN.
Exit codes: 0 ready, 1 not ready or not there, 2 called wrongly.
`

interface Ready {
  readonly status: string
  readonly reasons?: readonly string[]
}

/** `millrace status URL`. */
export async function statusCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  const given = readArguments(args, { usage, values: [], switches: ['json'], words: { min: 1, max: 1, what: 'The URL of the admin server' } }, output)
  if (typeof given === 'number') return given
  const client = await AdminClient.open(given.words[0])
  const ready = await client.ask<Ready>('GET', '/readyz', [200, 503])
  const process = await client.ask<Process>('GET', '/api/v1/process')
  const { queries } = await client.ask<Queries>('GET', '/api/v1/queries')
  if (given.switches.has('json')) output.out(JSON.stringify({ ready: ready.status === 'ready', reasons: ready.reasons ?? [], process, queries }, null, 2))
  else output.out(escapeLines([`${ready.status}, ${queries.length} ${queries.length === 1 ? 'query' : 'queries'}, since ${process.startedAt}`, ...(ready.reasons ?? []).map(r => `  ${r}`), ...queries.map(line)]))
  return ready.status === 'ready' ? 0 : 1
}

function line(q: QuerySummary): string {
  const rate = q.inputRowsPerSecond === null ? '' : `, ${Math.round(q.inputRowsPerSecond)} rows a second in`
  const failure = q.exception === null ? '' : `: ${q.exception.code ?? 'failed'}, ${q.exception.message}`
  return `${q.name ?? q.id}: ${q.isActive ? q.status : 'ended'}${failure}, batch ${q.lastBatchId ?? '-'}, ${q.totals.inputRows} rows in, ${q.totals.outputRows} out${rate}, ${q.stateRows} rows of state, watermark ${q.currentWatermark ?? '-'}`
}

/** Texts come from another process. */
export function escapeLines(lines: readonly string[]): string {
  return lines.map(escapeControls).join('\n')
}
