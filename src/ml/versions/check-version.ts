import { messageOf } from '../../common/errors.ts'
import type { FileSystem } from '../../common/file-system.ts'
import type { ModelArtefact } from '../model.ts'
import { loadModelFromBytes } from '../registry.ts'
import { goldenMismatch } from './golden.ts'
import type { GoldenPaths, KnownModel } from './version-store.ts'

/** Why a version is not used, one clause; `error` where its reader said so. */
export interface RefusedVersion {
  readonly refused: string
  readonly error?: Error
}

/** A version that was read and whose golden rows agree, or why not. */
export async function checkVersion(files: FileSystem, artefact: ModelArtefact, golden: GoldenPaths | undefined, tolerance: number): Promise<KnownModel | RefusedVersion> {
  let model
  try {
    model = await loadModelFromBytes(artefact)
  } catch (error) {
    return { refused: messageOf(error), ...(error instanceof Error ? { error } : {}) }
  }
  try {
    const reason = golden === undefined ? null : await goldenMismatch(model, files, golden, tolerance)
    return reason === null ? { digest: model.digest, signature: model.signature } : { refused: reason }
  } finally {
    model.close()
  }
}
