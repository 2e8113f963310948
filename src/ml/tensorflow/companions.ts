import { DocumentPart } from '../document.ts'
import { unreadable } from '../errors.ts'
import { shardPaths } from './weights.ts'

/**
 * The files that belong to a TensorFlow.js model.json: its weight files and features.json. Undefined when the bytes are
 * not such a file, or too damaged to tell; its reader then says what is wrong.
 *
 * @throws AnalysisError ML_UNREADABLE when a weight file is named by a URL or outside of the directory
 */
export function companionsOf(bytes: Uint8Array): readonly string[] | undefined {
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined
  const manifest = new DocumentPart(document, '', what => unreadable('TensorFlow.js', what)).find('weightsManifest')
  return manifest === undefined ? undefined : [...shardPaths(manifest), 'features.json']
}
