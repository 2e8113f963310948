import { AdminClient } from './admin-client.ts'
import { readArguments } from './arguments.ts'
import type { CommandOutput } from './output.ts'

const usage = `millrace stop URL [--query NAME] [--json]

Ends a running job in order, or one of its queries. The job must have been started with --control; its token is taken from
MILLRACE_ADMIN_TOKEN. Answers when the job was told, not when it has ended.
`

/** `millrace stop URL`. */
export async function stopCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  const given = readArguments(args, { usage, values: ['query'], switches: ['json'], words: { min: 1, max: 1, what: 'The URL of the admin server' } }, output)
  if (typeof given === 'number') return given
  const { query } = given.values
  const client = await AdminClient.open(given.words[0])
  const answer = await client.ask<{ readonly status: string }>('POST', query === undefined ? '/api/v1/stop' : `/api/v1/queries/${encodeURIComponent(query)}/stop`)
  output.out(given.switches.has('json') ? JSON.stringify({ ...answer, query: query ?? null }) : query === undefined ? 'The job was told to stop.' : `Query "${query}" was told to stop.`)
  return 0
}
