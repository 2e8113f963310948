import { fileURLToPath } from 'node:url'
import type { FileSystem } from '../common/file-system.ts'

const path = fileURLToPath(new URL('../../package.json', import.meta.url))
let known: Promise<string> | undefined

/** The version of this package; empty where its package.json is not beside it (in a bundle). */
export function packageVersion(files: FileSystem): Promise<string> {
  known ??= files.readFile(path).then(
    bytes => {
      const { version } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly version?: unknown }
      return typeof version === 'string' ? version : ''
    },
    () => '',
  )
  return known
}
