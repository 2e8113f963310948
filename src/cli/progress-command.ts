import type { ProgressHistory, Queries } from '../admin/api/api-types.ts'
import { AdminClient } from './admin-client.ts'
import { readArguments } from './arguments.ts'
import type { CommandOutput } from './output.ts'
import { escapeLines } from './status-command.ts'

const usage = `millrace progress URL [--query NAME] [--since BATCH] [--json]

The last batches (at most 100) of the queries of a running job, from its admin server. A token is taken from MILLRACE_ADMIN_TOKEN.
`

/** `millrace progress URL`. */
export async function progressCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  const given = readArguments(args, { usage, values: ['query', 'since'], switches: ['json'], words: { min: 1, max: 1, what: 'The URL of the admin server' } }, output)
  if (typeof given === 'number') return given
  const { query, since } = given.values
  if (since !== undefined && !/^-?\d{1,15}$/.test(since)) {
    output.err(`"--since" is the number of a batch, not "${since}".\n\n${usage}`)
    return 2
  }
  const client = await AdminClient.open(given.words[0])
  const names = query === undefined ? (await client.ask<Queries>('GET', '/api/v1/queries')).queries.map(q => q.id) : [query]
  const histories: ProgressHistory[] = []
  for (const name of names) histories.push(await client.ask<ProgressHistory>('GET', `/api/v1/queries/${encodeURIComponent(name)}/progress${since === undefined ? '' : `?since=${since}`}`))
  if (given.switches.has('json')) output.out(JSON.stringify(histories, null, 2))
  else output.out(escapeLines(histories.flatMap(h => h.progress.map(p => `${p.name ?? h.id} batch ${p.batchId} at ${p.timestamp}: ${p.numInputRows} rows in, ${p.sink.numOutputRows} out, ${p.batchDuration} ms, watermark ${p.eventTime.watermark ?? '-'}`))))
  return 0
}
