import { makeError } from '../common/errors.ts'
import type { FileSystem } from '../common/file-system.ts'

/**
 * The token of the admin server: MILLRACE_ADMIN_TOKEN, or what stands in the file that MILLRACE_ADMIN_TOKEN_FILE names.
 * @throws AnalysisError JOB_INVALID_SETTING
 */
export async function adminToken(environment: { readonly [name: string]: string | undefined }, files: FileSystem): Promise<string | undefined> {
  const { MILLRACE_ADMIN_TOKEN: token, MILLRACE_ADMIN_TOKEN_FILE: file } = environment
  if (token !== undefined && token !== '') return token
  if (file === undefined || file === '') return undefined
  const stat = await files.stat(file).catch(() => undefined)
  if (stat?.kind !== 'file') throw makeError('JOB_INVALID_SETTING', `MILLRACE_ADMIN_TOKEN_FILE names "${file}", where there is no file. Put the token into it, or into MILLRACE_ADMIN_TOKEN.`, { context: { file } })
  return Buffer.from(await files.readFile(file)).toString('utf8').trim()
}
