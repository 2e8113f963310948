import { escapeControls } from '../common/log-lines.ts'
import { describeSettings, settingsText } from '../job/describe-settings.ts'
import { loadJob } from './load-job.ts'
import type { CommandOutput } from './output.ts'

/** `millrace run JOB.js --help`: what the job does and which settings it has. */
export async function jobHelp(path: string, usage: string, json: boolean, output: CommandOutput): Promise<number> {
  const job = await loadJob(path)
  if (json) output.out(JSON.stringify({ name: job.name, doc: job.doc ?? null, config: describeSettings(job) }, null, 2))
  else output.out(`${usage}\n${escapeControls(`Job "${job.name}"${job.doc === undefined ? '' : `: ${job.doc}`}`)}\n\n${settingsText(job)}`)
  return 0
}
