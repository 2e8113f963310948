import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { makeError, messageOf } from '../common/errors.ts'
import { nodeFileSystem } from '../common/node/node-file-system.ts'
import type { Job } from '../job/define-job.ts'

/**
 * The job that a module exports as its default.
 * @throws AnalysisError JOB_INVALID
 */
export async function loadJob(path: string): Promise<Job> {
  const stat = await nodeFileSystem.stat(path).catch(() => undefined)
  if (stat?.kind !== 'file') throw makeError('JOB_INVALID', `There is no file "${path}". Name the module of the job, such as dist/job.js.`, { context: { path } })
  let module: { readonly default?: unknown }
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as { readonly default?: unknown }
  } catch (cause) {
    const isTypeScript = (cause as { readonly code?: unknown } | null)?.code === 'ERR_UNKNOWN_FILE_EXTENSION'
    throw makeError('JOB_INVALID', isTypeScript ? `"${path}" cannot be loaded by Node ${process.versions.node}. Compile it to JavaScript, or use Node 22.18 or newer, which runs TypeScript.` : `The module "${path}" cannot be loaded: ${messageOf(cause)}`, { context: { path }, cause })
  }
  // Another copy of the package may have made it.
  if ((module.default as { readonly kind?: unknown } | null | undefined)?.kind !== 'Job') throw makeError('JOB_INVALID', `"${path}" has no job as its default export. Write export default defineJob({ name, config, queries }).`, { context: { path } })
  return module.default as Job
}
